/** Hashes files in pieces, so that a program of 240 MB takes no memory. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** `sha512-<base64>` of a file's content, in the form that registries use. */
export async function integrityOf(file: string): Promise<string> {
  const hash = createHash("sha512");
  await pipeline(
    createReadStream(file, { highWaterMark: 1024 * 1024 }),
    new Writable({
      write(chunk: Buffer, _encoding, done): void {
        hash.update(chunk);
        done();
      },
    }),
  );
  return `sha512-${hash.digest("base64")}`;
}
