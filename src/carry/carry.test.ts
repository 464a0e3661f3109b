import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commitCarried, openStaging, settleCarried } from "./commit.ts";
import { packTree } from "./pack.ts";
import { receiveTree } from "./receive.ts";
import type { Received } from "./receive.ts";
import { TarError } from "./tar/tar-error.ts";

const limits = { bytes: 1024 ** 3, entries: 10_000 };
const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

interface Scene extends Disposable {
  readonly dir: string;
  /** What a bottle has. */
  readonly there: string;
  readonly record: string;
  readonly here: string;
}

function scene(): Scene {
  const dir = mkdtempSync(join(tmpdir(), "carry-test-"));
  const [there, record] = [join(dir, "there"), join(dir, "record")];
  const here = join(record, "workspace");
  for (const path of [there, record, here, join(record, "home")]) mkdirSync(path);
  return {
    ...{ dir, there, record, here },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function pack(path: string): AsyncGenerator<Buffer> {
  return packTree([{ name: "workspace", source: path }], { owner });
}

async function packed(path: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of pack(path)) parts.push(part);
  return Buffer.concat(parts);
}

async function* inParts(whole: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < whole.length; at += size) {
    await Promise.resolve();
    yield whole.subarray(at, at + size);
  }
}

async function receive(
  { record, here }: Scene,
  parts: AsyncIterable<Buffer>,
  bound = limits,
): Promise<Received> {
  const staging = openStaging(record);
  return receiveTree(parts, {
    ...{ root: "workspace", folder: here, staging, prefix: "w", owner: undefined },
    limits: bound,
  });
}

async function carry(at: Scene): Promise<Received> {
  const received = await receive(at, pack(at.there));
  commitCarried(at.record, { workspace: received.steps });
  return received;
}

/** Everything about a tree that is carried. */
function told(path: string): string {
  const find = `find . -mindepth 1 -printf '%P %y %m %s %l %n\\n' | sed -E 's/ d ([0-9]+) [0-9]+ / d \\1 /' | sort; find . -type f -exec sha256sum {} + | sort`;
  const { stdout } = spawnSync("sh", ["-c", find], { cwd: path, encoding: "utf8" });
  return stdout;
}

function fill(path: string): void {
  mkdirSync(join(path, "a/b/c"), { recursive: true });
  mkdirSync(join(path, "empty"), { mode: 0o711 });
  mkdirSync(join(path, "shut"), { mode: 0o755 });
  writeFileSync(join(path, "shut/inside"), "inside");
  chmodSync(join(path, "shut"), 0o500);
  writeFileSync(join(path, "a/run.sh"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(path, "a/b/none"), "");
  writeFileSync(join(path, "a/b/c/large"), Buffer.alloc(1_000_003, "xyz"));
  writeFileSync(join(path, "n".repeat(200)), "a long name");
  const deep = join(path, ...Array.from({ length: 20 }, () => "deeper-and-deeper"));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, "ü and \n"), "an odd name");
  writeFileSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.from([0xff, 0xfe])]), "bytes");
  symlinkSync("/etc/passwd", join(path, "leads-out"));
  symlinkSync("x".repeat(300), join(path, "leads-nowhere"));
  linkSync(join(path, "a/run.sh"), join(path, "second-name"));
}

describe("what a bottle has", () => {
  it("comes back as it is, into what was there before", async () => {
    using at = scene();
    fill(at.there);
    await carry(at);
    expect(told(at.here)).toBe(told(at.there));
    // And once more, with every kind of change.
    writeFileSync(join(at.there, "a/b/c/large"), Buffer.alloc(1_000_003, "xyy"));
    writeFileSync(join(at.there, "a/b/none"), "some");
    unlinkSync(join(at.there, "leads-out"));
    mkdirSync(join(at.there, "leads-out"));
    writeFileSync(join(at.there, "leads-out/file"), "in a folder now");
    rmSync(join(at.there, "empty"), { recursive: true });
    writeFileSync(join(at.there, "empty"), "a file now");
    rmSync(join(at.there, "deeper-and-deeper"), { recursive: true });
    chmodSync(join(at.there, "a/run.sh"), 0o700);
    unlinkSync(join(at.there, "second-name"));
    linkSync(join(at.there, "a/b/none"), join(at.there, "second-name"));
    chmodSync(join(at.there, "shut"), 0o700);
    writeFileSync(join(at.there, "shut/more"), "more");
    chmodSync(join(at.there, "shut"), 0o500);
    await carry(at);
    expect(told(at.here)).toBe(told(at.there));
    expect(readdirSync(at.record).toSorted()).toEqual(["home", "workspace"]);
  });

  it("is not touched where it is as it was", async () => {
    using at = scene();
    fill(at.there);
    await carry(at);
    const before = lstatSync(join(at.here, "a/b/c/large"), { bigint: true });
    writeFileSync(join(at.there, "a/new"), "new");
    utimesSync(join(at.there, "a/b/none"), 1000, 1000);
    const { steps } = await carry(at);
    const done = steps.filter((step) => step.do !== "folder");
    expect(done.toSorted((one, other) => (one.path < other.path ? -1 : 1))).toEqual([
      { do: "touch", path: "a/b/none", mode: 0o644, modified: 1000 },
      { do: "put", path: "a/new", staged: "w1" },
    ]);
    const after = lstatSync(join(at.here, "a/b/c/large"), { bigint: true });
    expect([after.ino, after.ctimeNs, after.mtimeNs]).toEqual([
      before.ino,
      before.ctimeNs,
      before.mtimeNs,
    ]);
  });

  it("is the same however it comes in pieces", async () => {
    using at = scene();
    fill(at.there);
    const whole = await packed(at.there);
    for (const size of [1, 511, 513, 70_000]) {
      if (size === 1 && whole.length > 3_000_000) continue;
      await receive(at, inParts(whole, size)).then(({ steps }) =>
        commitCarried(at.record, { workspace: steps }),
      );
      expect(told(at.here)).toBe(told(at.there));
    }
  });

  it("takes no room for its holes", async () => {
    using at = scene();
    writeFileSync(join(at.there, "holes"), "start");
    truncateSync(join(at.there, "holes"), 20_000_000);
    await carry(at);
    const { size, blocks } = lstatSync(join(at.here, "holes"));
    expect(size).toBe(20_000_000);
    expect(blocks * 512).toBeLessThan(1_000_000);
  });
});

describe("a carrying that is cut", () => {
  it("at any byte leaves what was there as it was", async () => {
    using at = scene();
    fill(at.there);
    await carry(at);
    const before = told(at.here);
    writeFileSync(join(at.there, "a/b/c/large"), "another");
    rmSync(join(at.there, "a/run.sh"));
    const whole = await packed(at.there);
    for (const end of [0, 511, 512, 700, 2000, 9000, whole.length - 512, whole.length - 1]) {
      await expect(receive(at, inParts(whole.subarray(0, end), 64 * 1024))).rejects.toThrow(
        TarError,
      );
      settleCarried(at.record);
      expect(told(at.here)).toBe(before);
    }
  });

  it("after it had come in whole is finished by whoever comes next", async () => {
    using at = scene();
    fill(at.there);
    await carry(at);
    rmSync(join(at.there, "a/run.sh"));
    mkdirSync(join(at.there, "new"));
    for (const name of ["one", "two"]) writeFileSync(join(at.there, "new", name), name);
    const { steps } = await receive(at, pack(at.there));
    const staging = join(at.record, "carried");
    writeFileSync(join(staging, "journal.json"), JSON.stringify({ workspace: steps }));
    // As if it had died in the midst of them.
    mkdirSync(join(at.here, "new"));
    rmSync(join(at.here, "a/run.sh"));
    settleCarried(at.record);
    expect(told(at.here)).toBe(told(at.there));
    settleCarried(at.record);
    expect(told(at.here)).toBe(told(at.there));
  });
});

describe("an archive that is more than it may be", () => {
  it("is refused by its bytes and by its entries", async () => {
    using at = scene();
    writeFileSync(join(at.there, "file"), Buffer.alloc(5000));
    await expect(receive(at, pack(at.there), { bytes: 4999, entries: 10 })).rejects.toThrow(
      "more than 4999 bytes",
    );
    for (let index = 0; index < 10; index += 1) writeFileSync(join(at.there, `${index}`), "");
    await expect(receive(at, pack(at.there), { bytes: 9999, entries: 10 })).rejects.toThrow(
      "more than 10 entries",
    );
    expect(readdirSync(at.here)).toEqual([]);
  });
});

describe("what is packed", () => {
  it("is read by the system's tar as it is", async () => {
    using at = scene();
    fill(at.there);
    const out = join(at.dir, "out");
    mkdirSync(out);
    const archive = await packed(at.there);
    const { status } = spawnSync("tar", ["-xpf", "-", "-C", out], { input: archive });
    expect(status).toBe(0);
    expect(told(join(out, "workspace"))).toBe(told(at.there));
  });

  it("never leads through a link, also if it is named itself", async () => {
    using at = scene();
    writeFileSync(join(at.dir, "secret"), "what is in it");
    symlinkSync(join(at.dir, "secret"), join(at.there, "file"));
    symlinkSync(at.dir, join(at.there, "folder"));
    expect((await packed(at.there)).includes("what is in it")).toBe(false);
    await expect(packed(join(at.there, "folder"))).rejects.toThrow("no file and no folder");
    expect(readlinkSync(join(at.there, "folder"))).toBe(at.dir);
    expect(readFileSync(join(at.dir, "secret"), "utf8")).toBe("what is in it");
  });
});
