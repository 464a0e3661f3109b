/** Archives: read the same however they are cut, nothing in them leads out, and what is read is written and read again as it was. */
import { readTar } from "../../../src/carry/tar/read.ts";
import type { TarEntry } from "../../../src/carry/tar/format.ts";
import { blockSize, fields, padding, sumOf } from "../../../src/carry/tar/format.ts";
import { TarError } from "../../../src/carry/tar/tar-error.ts";
import { archiveEnd, writeHead } from "../../../src/carry/tar/write-head.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

const limits = { bytes: 1024 * 1024, entries: 100 };

interface Read {
  readonly entries: readonly (TarEntry & { readonly content: string })[];
  readonly refused: boolean;
}

async function* inParts(input: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < input.length; at += size) {
    await Promise.resolve();
    yield input.subarray(at, at + size);
  }
}

async function read(input: Buffer, step: number): Promise<Read> {
  const entries: (TarEntry & { content: string })[] = [];
  let refused = false;
  try {
    for await (const { content, ...entry } of readTar(inParts(input, step), "w", limits)) {
      const whole = { ...entry, content: "" };
      // One whose content was cut off is no entry that anybody takes.
      for await (const part of content) whole.content += part.toString("latin1");
      entries.push(whole);
    }
  } catch (error) {
    hold(error instanceof TarError, `threw ${String(error)}`);
    refused = true;
  }
  return { entries, refused };
}

function write(entries: Read["entries"]): Buffer {
  const top = { kind: "folder", path: "w", mode: 0, size: 0, modified: 0, to: "" } as const;
  const ids = { uid: 1, gid: 1 };
  const parts = [writeHead({ ...top, ...ids })];
  for (const { content, kind, path, to, ...entry } of entries) {
    if (kind === "other") continue;
    const target = kind === "hard-link" ? `w/${to}` : to;
    parts.push(writeHead({ ...entry, ...ids, kind, path: `w/${path}`, to: target }));
    parts.push(Buffer.from(content, "latin1"), Buffer.alloc(padding(content.length)));
  }
  return Buffer.concat([...parts, archiveEnd]);
}

/** The same with the sum of every head right: what is changed without it gets no further than there. */
function summed(input: Buffer): Buffer {
  const whole = Buffer.from(input);
  for (let at = 0; at + blockSize <= whole.length; at += blockSize) {
    const head = whole.subarray(at, at + blockSize);
    if (head.toString("latin1", fields.magic[0], fields.magic[0] + 5) !== "ustar") continue;
    head.write(`${sumOf(head).toString(8).padStart(6, "0")}\0 `, fields.sum[0], "latin1");
  }
  return whole;
}

async function check(input: Buffer): Promise<void> {
  const whole = await read(input, Math.max(1, input.length));
  const text = JSON.stringify(whole);
  for (const step of [97, 512])
    hold(JSON.stringify(await read(input, step)) === text, `cut by ${step} it is another`);
  const folders = new Set([""]);
  const names = new Set<string>();
  for (const { path, kind, content, size } of whole.entries) {
    const steps = path.split("/");
    hold(
      steps.every((one) => one !== "" && one !== "." && one !== ".." && !one.includes("\0")),
      `a name leads out: ${JSON.stringify(path)}`,
    );
    hold(folders.has(steps.slice(0, -1).join("/")), "a name is in what is no folder");
    hold(!names.has(path), "a name comes twice");
    hold(content.length === size, "a content of another size");
    names.add(path);
    if (kind === "folder") folders.add(path);
  }
  const kept = whole.entries.filter(({ kind }) => kind !== "other");
  if (kept.some(({ modified }) => modified < 0 || !Number.isInteger(modified))) return;
  const again = await read(write(kept), 1 << 20);
  // What was in a folder stays in it; only what is no file, folder or link is left out.
  hold(
    JSON.stringify(again.entries) === JSON.stringify(kept),
    "what is written is not what was read",
  );
}

export const tarTarget: FuzzTarget = {
  name: "tar",
  words: [
    "ustar\x0000",
    "ustar  \0",
    "w/",
    "w/..",
    "../",
    "/etc/",
    "0000644\0",
    "00000000001\0",
    "77777777777\0",
    "\x80\0\0\0",
    "11 path=w/a\n",
    "15 linkpath=w/a\n",
    "9 size=1\n",
    "25 GNU.sparse.size=1000\n",
    ...["0", "1", "2", "3", "5", "6", "7", "x", "g", "L", "S"],
    "\0".repeat(512),
  ],
  async run(input) {
    await check(input);
    await check(summed(input));
  },
};
