import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { need } from "../../tests/support/require.ts";
import { cloneWorkspace } from "./clone.ts";
import type { WorkspaceFacts } from "./facts.ts";

let base: string;
let source: string;
let target: string;
const isRoot = process.getuid?.() === 0;
const owner = isRoot
  ? { uid: 64123, gid: 64123 }
  : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "clone-test-"));
  source = join(base, "source");
  target = join(base, "record", "workspace");
  mkdirSync(source);
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

function clone(from = source): Promise<WorkspaceFacts> {
  return cloneWorkspace({
    source: from,
    target,
    owner,
    plan: { refs: "all", ignored: "none", reveal: [] },
    recordDir: join(base, "record"),
    home: base,
    // Nothing is run for a folder without a repository.
    path: "/nonexistent",
    now: () => 1_700_000_000_000,
  });
}

async function codeOf(result: Promise<unknown>): Promise<string> {
  return result.then(
    () => "no error",
    (error: unknown) => String((error as { code?: string }).code ?? error),
  );
}

describe("a private copy", () => {
  it("has the same files, folders, links, permissions and times", async () => {
    mkdirSync(join(source, "a/b"), { recursive: true });
    writeFileSync(join(source, "a/b/file"), "content");
    writeFileSync(join(source, "run.sh"), "#!/bin/sh\n");
    chmodSync(join(source, "run.sh"), 0o755);
    utimesSync(join(source, "a/b/file"), 1000, 2000);
    symlinkSync("/etc/shadow", join(source, "link"));
    symlinkSync("nowhere", join(source, "a/broken"));
    mkdirSync(join(source, "closed"));
    writeFileSync(join(source, "closed/file"), "x");
    chmodSync(join(source, "closed"), 0o555);
    expect(await clone()).toMatchObject({ files: 5, bytes: 7 + 10 + 1, skipped: [] });
    expect(readFileSync(join(target, "a/b/file"), "utf8")).toBe("content");
    expect(lstatSync(join(target, "a/b/file")).mtimeMs).toBe(2_000_000);
    expect(lstatSync(join(target, "run.sh")).mode & 0o7777).toBe(0o755);
    expect(lstatSync(join(target, "closed")).mode & 0o7777).toBe(0o555);
    expect(readlinkSync(join(target, "link"))).toBe("/etc/shadow");
    expect(readlinkSync(join(target, "a/broken"))).toBe("nowhere");
    expect(lstatSync(target).mode & 0o7777).toBe(0o700);
    for (const side of [source, target]) chmodSync(join(side, "closed"), 0o755);
  });

  it("shares no inode with the original, also where that is linked with others", async () => {
    writeFileSync(join(source, "one"), "x");
    linkSync(join(source, "one"), join(source, "two"));
    await clone();
    const inodes = [join(source, "one"), join(target, "one"), join(target, "two")].map(
      (file) => lstatSync(file).ino,
    );
    expect(new Set(inodes).size).toBe(3);
    writeFileSync(join(target, "one"), "changed");
    expect(readFileSync(join(source, "one"), "utf8")).toBe("x");
  });

  it("has no setuid, setgid or sticky bits", async () => {
    writeFileSync(join(source, "program"), "x");
    chmodSync(join(source, "program"), 0o6755);
    mkdirSync(join(source, "folder"));
    chmodSync(join(source, "folder"), 0o3777);
    await clone();
    expect(lstatSync(join(target, "program")).mode & 0o7777).toBe(0o755);
    expect(lstatSync(join(target, "folder")).mode & 0o7777).toBe(0o777);
  });

  it("leaves sockets and FIFOs out, and names them", async () => {
    execFileSync("mkfifo", [join(source, "fifo")]);
    const server = createServer().listen(join(source, "sock"));
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      expect((await clone()).skipped.toSorted()).toEqual(["fifo", "sock"]);
      expect(readdirSync(target)).toEqual([]);
    } finally {
      server.close();
    }
  });

  it("keeps names that are no UTF-8", async () => {
    const name = Buffer.from([0x66, 0xff, 0xfe, 0x0a]);
    mkdirSync(Buffer.concat([Buffer.from(`${source}/`), name]));
    writeFileSync(Buffer.concat([Buffer.from(`${source}/`), name, Buffer.from("/"), name]), "odd");
    await clone();
    expect(
      readFileSync(
        Buffer.concat([Buffer.from(`${target}/`), name, Buffer.from("/"), name]),
        "utf8",
      ),
    ).toBe("odd");
  });

  it("belongs to the bottle's owner, all of it", async (context) => {
    need(context, isRoot ? undefined : "only root gives files away");
    mkdirSync(join(source, "folder"));
    writeFileSync(join(source, "folder/file"), "x");
    symlinkSync("x", join(source, "link"));
    await clone();
    for (const path of ["", "folder", "folder/file", "link"])
      expect(lstatSync(join(target, path)).uid).toBe(owner.uid);
  });

  it("takes large files, empty folders and a source reached through a link", async () => {
    const large = Buffer.alloc(3 * 1024 * 1024, "large ");
    writeFileSync(join(source, "large"), large);
    mkdirSync(join(source, "empty"));
    symlinkSync(source, join(base, "alias"));
    await clone(join(base, "alias"));
    expect(readFileSync(join(target, "large")).equals(large)).toBe(true);
    expect(existsSync(join(target, "empty"))).toBe(true);
  });
});

describe("a private copy is refused", () => {
  it.each(["/", "/etc", "/home", "/proc", "/proc/self", "/usr", "/does/not/exist"])(
    "of %s",
    async (from) => {
      expect(await codeOf(clone(from))).toBe("E_WORKSPACE_SOURCE");
    },
  );

  it("of a folder that holds the records, and of a record", async () => {
    expect(await codeOf(clone(base))).toBe("E_WORKSPACE_SOURCE");
    mkdirSync(join(target, "inside"), { recursive: true });
    expect(await codeOf(clone(join(target, "inside")))).toBe("E_WORKSPACE_SOURCE");
  });

  it("of a file", async () => {
    writeFileSync(join(source, "file"), "x");
    expect(await codeOf(clone(join(source, "file")))).toBe("E_WORKSPACE_SOURCE");
  });

  it("whose repository is not there, or only in part", async () => {
    writeFileSync(join(source, ".git"), "gitdir: ../elsewhere\n");
    expect(await codeOf(clone())).toBe("E_WORKSPACE_GIT");
    rmSync(join(source, ".git"));
    mkdirSync(join(source, ".git/objects"), { recursive: true });
    expect(await codeOf(clone())).toBe("E_WORKSPACE_GIT");
  });

  it("half-way, leaving nothing behind, when something is in its place already", async () => {
    writeFileSync(join(source, "a"), "a");
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, "a"), "other");
    expect(await codeOf(clone())).toBe("E_WORKSPACE_COPY");
    expect(readdirSync(target)).toEqual([]);
  });

  it("of files that its user may not read, by their names (in a process without root's rights)", (context) => {
    need(context, isRoot ? undefined : "only root makes a file its user may not read");
    writeFileSync(join(source, "secret"), "x", { mode: 0o600 });
    mkdirSync(join(source, "shut"), { mode: 0o700 });
    for (const folder of [base, source]) chmodSync(folder, 0o755);
    mkdirSync(join(base, "record"), { mode: 0o777 });
    chmodSync(join(base, "record"), 0o777);
    const script = `
      process.setgid(64123); process.setuid(64123);
      const { cloneWorkspace } = await import(${JSON.stringify(join(base, "clone.mjs"))});
      await cloneWorkspace({
        source: ${JSON.stringify(source)},
        target: ${JSON.stringify(target)},
        owner: { uid: 1, gid: 1 },
        plan: { refs: "all", ignored: "none", reveal: [] },
        recordDir: ${JSON.stringify(join(base, "record"))},
        home: "/nonexistent",
        path: "",
        now: Date.now,
      })
        .catch((error) => console.log(error.code, error.why));`;
    execFileSync(
      join(import.meta.dirname, "../../node_modules/.bin/rolldown"),
      [
        join(import.meta.dirname, "clone.ts"),
        "--platform=node",
        "--transform.target=node20.19",
        "-o",
        join(base, "clone.mjs"),
      ],
      { stdio: "ignore" },
    );
    chmodSync(join(base, "clone.mjs"), 0o644);
    const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      cwd: "/",
    });
    expect(said).toMatch(/^E_WORKSPACE_UNREADABLE Not readable: (?:secret, shut|shut, secret)\./);
    expect(readdirSync(target)).toEqual([]);
  });
});
