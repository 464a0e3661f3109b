/** The revocation lists that a bottle's manifest names, read and parsed before the gateway opens. */
import { readFile, stat } from "node:fs/promises";
import { BottleError } from "../errors/error.ts";
import { parseRevocationLists } from "../gateway/tls/crl.ts";

/** Bytes; the largest public lists have a tenth of it. */
const longest = 64 * 1024 * 1024;

/** PEM texts, each of them good. Throws with the place of one that is not. */
export async function readRevocationLists(files: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    files.map(async (file) => {
      const text = await read(file).catch((cause: unknown) => {
        throw crlFile(file, "It cannot be read, is no plain file, or is too large.", cause);
      });
      try {
        parseRevocationLists(text);
      } catch (cause) {
        throw crlFile(file, cause instanceof Error ? `In this file, ${cause.message}.` : "", cause);
      }
      return text;
    }),
  );
}

async function read(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > longest) throw new Error("too large");
  return readFile(file, "latin1");
}

function crlFile(file: string, why: string, cause: unknown): BottleError {
  return new BottleError({
    code: "E_CRL_FILE",
    what: "A list of revoked certificates cannot be used.",
    why,
    next: "Correct `crl` of egress in the manifest: each names a PEM file of whole lists.",
    place: { file },
    cause,
  });
}
