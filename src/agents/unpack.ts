/** Takes files out of a gzipped tarball (ustar, POSIX.1-2017 pax "ustar Interchange Format"). */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { createGunzip } from "node:zlib";

const block = 512;

/** Writes the regular file `name` of the tarball to `target`, which must not exist; false if it is not in there. */
export async function unpackOne(tarball: string, name: string, target: string): Promise<boolean> {
  const wanted = (entry: string): string | undefined => (entry === name ? target : undefined);
  return (await unpack(tarball, wanted, 1)) === 1;
}

/**
 * Writes regular files of the tarball to where `place` says, each to a path that does not exist; what it has no place for is
 * passed over. Ends after `most` of them; returns how many there were.
 */
export async function unpack(
  tarball: string,
  place: (name: string, runs: boolean) => string | undefined | Promise<string | undefined>,
  most: number = Infinity,
): Promise<number> {
  const source = createReadStream(tarball, { highWaterMark: 256 * 1024 });
  const plain = createGunzip({ chunkSize: 256 * 1024 });
  source.once("error", (error) => plain.destroy(error));
  source.pipe(plain);
  let file: FileHandle | undefined;
  let written = 0;
  let held: Buffer = Buffer.alloc(0);
  /** Bytes of the present entry that are still to come, with and without its padding. */
  let left = 0;
  let padding = 0;
  const finish = async (): Promise<void> => {
    await file?.sync();
    await file?.close();
    file = undefined;
    written += 1;
  };
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      for (;;) {
        if (left > 0) {
          const taken = held.subarray(0, left);
          if (file !== undefined) await file.writev([taken]);
          left -= taken.length;
          held = held.subarray(taken.length);
          if (left > 0) break;
          if (file !== undefined) await finish();
          if (written === most) return written;
        }
        if (held.length < padding + block) break;
        held = held.subarray(padding);
        const entry = readHeader(held.subarray(0, block));
        held = held.subarray(block);
        left = entry.size;
        padding = (block - (entry.size % block)) % block;
        const target = entry.regular ? await place(entry.name, entry.runs) : undefined;
        if (target !== undefined) file = await open(target, "wx", entry.runs ? 0o755 : 0o644);
        if (file !== undefined && left === 0) await finish();
        if (written === most) return written;
      }
    }
    return written;
  } finally {
    source.destroy();
    plain.destroy();
    await file?.close();
  }
}

interface Entry {
  readonly name: string;
  readonly size: number;
  readonly regular: boolean;
  /** Anybody may run it. */
  readonly runs: boolean;
}

function readHeader(header: Buffer): Entry {
  const prefix = text(header, 345, 155);
  const name = text(header, 0, 100);
  const size = Number.parseInt(text(header, 124, 12).trim() || "0", 8);
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError("a tarball entry has no size");
  const type = header[156];
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    size,
    regular: (type === 0x30 || type === 0) && name !== "",
    runs: (Number.parseInt(text(header, 100, 8).trim() || "0", 8) & 0o111) !== 0,
  };
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end === -1 ? length : end);
}
