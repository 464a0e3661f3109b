import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lacksProgram, need } from "../../../tests/support/require.ts";
import { isAt, readBuildInfo } from "./build-info.ts";
import { cachedFolder, findPipelock } from "./find-program.ts";
import { commit, modulePath } from "./version.ts";

let folder = "";
/** A program of Go that says of itself what a build of pipelock at the commit would. */
let program: Buffer | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "find-"));
  await writeFile(join(folder, "go.mod"), `module ${modulePath}\n\ngo 1.22\n`);
  await writeFile(join(folder, "main.go"), "package main\n\nfunc main() {}\n");
  const go = spawnSync("go", ["build", "-buildvcs=false", "-o", "program", "."], {
    cwd: folder,
    env: {
      ...process.env,
      PATH: `${process.env["PATH"] ?? ""}:/usr/local/go/bin`,
      GOFLAGS: "-mod=mod",
      CGO_ENABLED: "0",
    },
    encoding: "utf8",
  });
  if (go.status === 0) program = await readFile(join(folder, "program"));
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

async function place(path: string, content: Buffer | string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, content);
  await chmod(path, 0o755);
}

/** With a version as `go install MODULE@COMMIT` writes it: as long as the one that stands there is not. */
function asIfAt(built: Buffer, at: string): Buffer {
  const info = `path\t${modulePath}\nmod\t${modulePath}\tv1.5.1-0.20260428000000-${at.slice(0, 12)}\t\n`;
  const text = Buffer.from(info);
  const head = Buffer.alloc(32);
  Buffer.from("ff20476f206275696c64696e663a", "hex").copy(head);
  head[15] = 2;
  const go = Buffer.from("go1.25.0");
  return Buffer.concat([
    built.subarray(0, 4096),
    head,
    Buffer.from([go.length]),
    go,
    length(text),
    text,
  ]);
}

function length({ length: bytes }: Buffer): Buffer {
  return bytes < 128 ? Buffer.from([bytes]) : Buffer.from([(bytes & 0x7f) | 0x80, bytes >> 7]);
}

describe("what Go says of a program", () => {
  test("is read without running it", (context) => {
    need(context, program === undefined ? "not installed: go" : undefined);
    expect(readBuildInfo(program as Buffer)).toMatchObject({
      module: modulePath,
      version: "(devel)",
      modified: false,
    });
  });

  test("tells the commit by the version or by the revision", () => {
    const info = { module: modulePath, version: "", revision: undefined, modified: false };
    const pseudo = `v1.5.1-0.20260428000000-${commit.slice(0, 12)}`;
    expect(isAt({ ...info, version: pseudo }, commit)).toBe(true);
    expect(isAt({ ...info, version: "(devel)", revision: commit }, commit)).toBe(true);
    expect(isAt({ ...info, revision: commit, modified: true }, commit)).toBe(false);
    expect(isAt({ ...info, module: `${modulePath}-fork`, revision: commit }, commit)).toBe(false);
    expect(isAt({ ...info, version: "v2.3.0" }, commit)).toBe(false);
    expect(isAt(undefined, commit)).toBe(false);
  });

  test("is nothing where there is nothing, whatever the bytes", () => {
    const magic = Buffer.from("ff20476f206275696c64696e663a", "hex");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (a, b) => {
        expect(isAt(readBuildInfo(Buffer.concat([a, magic, b])), commit)).toBe(false);
      }),
    );
  });
});

describe("which pipelock is used", () => {
  test("the cache's before the PATH's, and either only if it is of the commit", async (context) => {
    need(context, lacksProgram("go"));
    const good = asIfAt(program as Buffer, commit);
    const other = asIfAt(program as Buffer, "f".repeat(40));
    const cacheDir = join(folder, "cache");
    const [first, second] = [join(folder, "a"), join(folder, "b")];
    await place(join(first, "pipelock"), other);
    await place(join(second, "pipelock"), good);
    const places = { named: null, cacheDir, path: `relative:${first}:${second}` };
    expect(await findPipelock(places)).toEqual({
      program: join(second, "pipelock"),
      from: "PATH",
      known: true,
    });
    await place(join(cachedFolder(cacheDir), "pipelock"), good);
    expect(await findPipelock(places)).toMatchObject({ from: "cache" });
    await expect(
      findPipelock({ ...places, cacheDir: "/nowhere", path: first }),
    ).rejects.toMatchObject({
      code: "E_ENGINE_MISSING",
      message: expect.stringContaining("pipelock") as string,
    });
  });

  test("the one that the manifest names, whatever it is, and it is told from the known one", async () => {
    const named = join(folder, "mine");
    await place(named, "#!/bin/sh\n");
    const places = { named, cacheDir: "/nowhere", path: "" };
    expect(await findPipelock(places)).toEqual({ program: named, from: "manifest", known: false });
    await chmod(named, 0o644);
    if (process.getuid?.() !== 0)
      await expect(findPipelock(places)).rejects.toMatchObject({ code: "E_ENGINE_MISSING" });
    await expect(findPipelock({ ...places, named: folder })).rejects.toMatchObject({
      code: "E_ENGINE_MISSING",
    });
  });
});
