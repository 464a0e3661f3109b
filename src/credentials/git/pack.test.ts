import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ObjectFormat } from "./object-id.ts";
import { objectId } from "./object-id.ts";
import { packLimits, readPack } from "./pack.ts";
import type { PackLimits, PackObject } from "./pack.ts";
import { GitFormatError } from "./pkt-line.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pack-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function git(input: string, ...args: readonly string[]): Buffer {
  const env = { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1" };
  return execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], {
    cwd: folder,
    env,
    input,
    maxBuffer: 64 << 20,
    stdio: ["pipe", "pipe", "ignore"],
  });
}

async function objects(
  pack: Buffer,
  format: ObjectFormat = "sha1",
  limits: Partial<PackLimits> = {},
): Promise<readonly PackObject[]> {
  const read: PackObject[] = [];
  await readPack(pack, format, (object) => read.push(object), { ...packLimits, ...limits });
  return read;
}

/** Real git's own history: files that change a little, in many commits. */
function history(format: ObjectFormat, commits: number): void {
  git("", "init", "-q", "-b", "main", `--object-format=${format}`);
  const lines = Array.from({ length: 400 }, (_, index) => `line ${index} ${index * 7919}`);
  for (let index = 0; index < commits; index += 1) {
    lines[(index * 31) % 400] = `changed ${index}`;
    writeFileSync(join(folder, "file"), lines.join("\n"));
    writeFileSync(join(folder, `f${index}`), "");
    git("", "add", ".");
    git("", "commit", "-q", "-m", `${index}`);
  }
  git("", "tag", "-a", "-m", "v", "v1");
}

describe("a pack of real git", () => {
  it.each<[string, ObjectFormat, readonly string[]]>([
    ["whole objects", "sha1", ["--depth=0"]],
    ["deltas by id", "sha1", ["--depth=50"]],
    ["deltas by offset", "sha1", ["--depth=50", "--delta-base-offset"]],
    ["deltas in long chains", "sha1", ["--depth=4000", "--window=100", "--delta-base-offset"]],
    ["ids of SHA-256", "sha256", ["--delta-base-offset"]],
  ])("is read with %s: the same objects, under the same ids", async (_what, format, args) => {
    history(format, 30);
    const all = git("", "rev-list", "--objects", "--all").toString().replaceAll(/ .*/g, "");
    const pack = git(all, "pack-objects", "-q", "--no-reuse-delta", "--stdout", ...args);
    const read = await objects(pack, format);
    expect(read.map(({ id }) => id).toSorted()).toEqual(all.trim().split("\n").toSorted());
    for (const { id, type, data } of read.slice(0, 20))
      expect(git("", "cat-file", type, id)).toEqual(data);
    expect(new Set(read.map(({ type }) => type))).toEqual(
      new Set(["commit", "tree", "blob", "tag"]),
    );
  });

  it("is refused where it builds on an object outside of it", async () => {
    history("sha1", 12);
    const thin = git("HEAD\n^HEAD~1\n", "pack-objects", "-q", "--thin", "--revs", "--stdout");
    await expect(objects(thin)).rejects.toThrow(/outside of it/);
  });

  it("may be empty, as where nothing new is pushed", async () => {
    git("", "init", "-q");
    expect(await objects(git("", "pack-objects", "-q", "--stdout"))).toEqual([]);
  });
});

/** A pack by hand. */
function packOf(entries: readonly Buffer[], count = entries.length): Buffer {
  const head = Buffer.alloc(12);
  head.write("PACK");
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(count, 8);
  const body = Buffer.concat([head, ...entries]);
  return Buffer.concat([body, createHash("sha1").update(body).digest()]);
}

function entry(type: number, size: number, data: Buffer, base: Buffer = Buffer.alloc(0)): Buffer {
  const head: number[] = [];
  let rest = Math.floor(size / 16);
  head.push((type << 4) | (size % 16) | (rest > 0 ? 128 : 0));
  while (rest > 0) {
    head.push((rest % 128) | (rest > 127 ? 128 : 0));
    rest = Math.floor(rest / 128);
  }
  return Buffer.concat([Buffer.from(head), base, deflateSync(data)]);
}

const blob = Buffer.from("hello\n");
const blobId = Buffer.from(objectId("sha1", "blob", blob), "hex");
/** Copies all six bytes of `blob`, then adds one. */
const delta = Buffer.from([6, 7, 0b1001_0000, 6, 1, 0x21]);

describe("a pack by hand", () => {
  it("is read with a delta that stands before its base", async () => {
    const pack = packOf([entry(7, delta.length, delta, blobId), entry(3, blob.length, blob)]);
    expect((await objects(pack)).map(({ data }) => data.toString())).toEqual([
      "hello\n",
      "hello\n!",
    ]);
  });

  const good = entry(3, blob.length, blob);
  const ring = (back: number): Buffer => entry(6, delta.length, delta, Buffer.from([back]));
  it.each<[string, Buffer]>([
    ["another checksum", Buffer.concat([packOf([good]).subarray(0, -1), Buffer.from([0])])],
    ["version 3", Buffer.concat([Buffer.from("PACK\0\0\0\x03"), packOf([good]).subarray(8)])],
    ["fewer objects than it says", packOf([good], 2)],
    ["more objects than it says", packOf([good, good], 1)],
    ["bytes after its objects", packOf([good, Buffer.from([0])], 1)],
    ["an object of type 0", packOf([entry(0, blob.length, blob)])],
    ["an object of type 5", packOf([entry(5, blob.length, blob)])],
    ["an object that is longer than it says", packOf([entry(3, 5, blob)])],
    ["an object that is shorter than it says", packOf([entry(3, 7, blob)])],
    ["an object that is no zlib stream", packOf([Buffer.from([0x36, 1, 2, 3, 4, 5, 6])])],
    ["an object that is cut", packOf([good.subarray(0, -3)])],
    [
      "an object of more bytes than there are numbers",
      packOf([Buffer.from([0xb6, ...Array.from({ length: 12 }, () => 0xff), 1])]),
    ],
    [
      "a base that is not there",
      packOf([entry(7, delta.length, delta, Buffer.alloc(20, 7)), good]),
    ],
    ["a delta that is its own base", packOf([good, ring(0)])],
    ["a base before the pack", packOf([good, ring(100)])],
    ["a base within another object", packOf([good, ring(3)])],
    [
      "a delta of another base's size",
      packOf([good, entry(7, 4, Buffer.from([5, 1, 1, 0x21]), blobId)]),
    ],
    [
      "a delta that makes less than it says",
      packOf([good, entry(7, 4, Buffer.from([6, 2, 1, 0x21]), blobId)]),
    ],
    [
      "a delta that makes more than it says",
      packOf([good, entry(7, 5, Buffer.from([6, 1, 2, 0x21, 0x21]), blobId)]),
    ],
    [
      "a delta that copies beyond its base",
      packOf([good, entry(7, 5, Buffer.from([6, 6, 0b1001_0001, 1, 6]), blobId)]),
    ],
    ["a delta with an order of 0", packOf([good, entry(7, 3, Buffer.from([6, 0, 0]), blobId)])],
    [
      "a delta cut in an order",
      packOf([good, entry(7, 3, Buffer.from([6, 1, 0b1001_0001]), blobId)]),
    ],
  ])("is refused with %s", async (_what, pack) => {
    await expect(objects(pack)).rejects.toThrow(GitFormatError);
  });

  it.each<[string, Partial<PackLimits>, Buffer]>([
    ["too many objects", { objects: 1 }, packOf([good, entry(3, 1, Buffer.from("x"))])],
    ["an object that is too large", { object: 5 }, packOf([good])],
    ["more in all than is read", { work: 100 }, packOf([good, entry(3, 1, Buffer.from("x"))])],
    [
      "a delta's result that is too large",
      { object: 6 },
      packOf([good, entry(7, delta.length, delta, blobId)]),
    ],
    ["a bomb", { free: 0, ratio: 100 }, packOf([entry(3, 1 << 20, Buffer.alloc(1 << 20))])],
    [
      "bases that are too much to hold",
      { held: 12 },
      packOf([
        good,
        entry(7, delta.length, delta, blobId),
        entry(
          7,
          6,
          Buffer.from([7, 8, 0b1001_0000, 7, 1, 0x21]),
          Buffer.from(objectId("sha1", "blob", Buffer.from("hello\n!")), "hex"),
        ),
      ]),
    ],
  ])("is refused with %s", async (_what, limits, pack) => {
    await expect(objects(pack, "sha1", limits)).rejects.toThrow(GitFormatError);
  });

  it("with a bomb is refused before the bomb is inflated", async () => {
    const bomb = entry(3, 2 ** 33, deflateSync(Buffer.alloc(1 << 20)));
    const before = process.memoryUsage().rss;
    await expect(objects(packOf([bomb]))).rejects.toThrow(/too large/);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20);
  });

  it("is read whole or not at all, however a good one is changed, and whatever it makes is bounded", async () => {
    const source = packOf([
      good,
      entry(6, delta.length, delta, Buffer.from([good.length])),
      entry(7, delta.length, delta, blobId),
    ]);
    expect(await objects(source)).toHaveLength(3);
    const limits = { ...packLimits, object: 1 << 16, work: 1 << 18 };
    await fc.assert(
      fc.asyncProperty(fc.nat(source.length - 21), fc.nat(255), async (at, byte) => {
        const body = Buffer.from(source.subarray(0, -20));
        body[at] = byte;
        const pack = Buffer.concat([body, createHash("sha1").update(body).digest()]);
        let made = 0;
        try {
          await readPack(pack, "sha1", ({ data }) => (made += data.length), limits);
        } catch (error) {
          expect(error).toBeInstanceOf(GitFormatError);
        }
        expect(made).toBeLessThan(1 << 18);
      }),
      { seed: 20261124, numRuns: 3000 },
    );
  });
});
