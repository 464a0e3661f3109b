/** Loose objects of a bottle as one pack (gitformat-pack(5)), so that git's own strict pack reader judges them: names count for nothing. */
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import type { Writable } from "node:stream";
import { deflateSync, inflateSync } from "node:zlib";
import { damaged, tooLarge } from "./errors.ts";
import { writeTo } from "./git.ts";

/** Bytes of one loose object, unpacked; it is held whole. */
const maxObject = 256 * 1024 * 1024;

const types: Readonly<Record<string, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };

export interface PackWriter {
  /** `raw` is a loose object's file: zlib data of `type size\0content`. */
  add(raw: Buffer): Promise<void>;
  end(): Promise<void>;
}

export async function createPackWriter(
  stdin: Writable,
  count: number,
  algorithm: "sha1" | "sha256",
): Promise<PackWriter> {
  const hash: Hash = createHash(algorithm);
  const put = async (data: Buffer): Promise<void> => {
    hash.update(data);
    await writeTo(stdin, data);
  };
  const head = Buffer.alloc(12);
  head.write("PACK", 0, "latin1");
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(count, 8);
  await put(head);
  return {
    async add(raw) {
      const { type, content } = readLoose(raw);
      await put(entryHead(type, content.length));
      await put(deflateSync(content, { level: 1 }));
    },
    end: () => writeTo(stdin, hash.digest()),
  };
}

function readLoose(raw: Buffer): { readonly type: number; readonly content: Buffer } {
  const data = inflate(raw);
  const end = data.indexOf(0);
  const found = /^([a-z]{1,8}) ([0-9]{1,12})$/.exec(
    data.toString("latin1", 0, Math.max(0, Math.min(end, 32))),
  );
  const type = types[found?.[1] ?? ""];
  const content = data.subarray(end + 1);
  if (type === undefined || Number(found?.[2]) !== content.length)
    throw damaged("a loose object is not one");
  return { type, content };
}

function inflate(raw: Buffer): Buffer {
  try {
    return inflateSync(raw, { maxOutputLength: maxObject });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw tooLarge("a larger object", `${maxObject} bytes`);
    throw damaged("a loose object cannot be unpacked");
  }
}

/** Three bits of type, then the size, least significant bits first, seven a byte after the first four. */
function entryHead(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let byte = (type << 4) | (size & 15);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  return Buffer.from([...bytes, byte]);
}
