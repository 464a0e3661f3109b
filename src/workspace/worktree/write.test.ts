import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStage } from "../stage/stage.ts";
import type { Stage } from "../stage/stage.ts";
import { writeTo } from "../stage/git.ts";
import { SafeFolder } from "../safe-folder.ts";
import { recoverWrite } from "./recover.ts";
import { readPlace } from "./place.ts";
import type { PlannedWrite } from "./plan.ts";
import { writeFiles } from "./write.ts";

let base: string;
let root: string;
let recordDir: string;
let stage: Stage;

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), "write-test-"));
  root = join(base, "root");
  recordDir = join(base, "record");
  mkdirSync(root);
  mkdirSync(recordDir);
  stage = await openStage({
    owner: undefined,
    scratch: recordDir,
    path: process.env["PATH"] ?? "",
  });
  writeFileSync(join(root, "replaced"), "old\n", { mode: 0o640 });
  mkdirSync(join(root, "folder", "deep"), { recursive: true });
  chmodSync(join(root, "folder", "deep"), 0o750);
  writeFileSync(join(root, "folder", "deep", "deleted"), "old\n");
  symlinkSync("replaced", join(root, "link"));
  writeFileSync(join(root, "last"), "old\n");
});

afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  rmSync(base, { recursive: true, force: true });
});

async function blob(content: string): Promise<string> {
  const { output } = await stage.git({
    step: "write",
    argv: ["hash-object", "-w", "--stdin"],
    input: (stdin) => writeTo(stdin, content),
  });
  return output.toString().trim();
}

/** What is planned for a path as it is now. */
function planned(owner: SafeFolder, path: string, after: PlannedWrite["after"]): PlannedWrite {
  const place = readPlace(owner, path, "sha1");
  return place.kind === "file"
    ? { path, after, seen: place.seen, mode: place.mode }
    : { path, after, seen: undefined, mode: undefined };
}

/** Everything below the root: what it is, and what it holds. */
function snapshot(): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((path) => {
      const found = lstatSync(join(root, path));
      const content = found.isFile()
        ? readFileSync(join(root, path), "utf8")
        : found.isSymbolicLink()
          ? readlinkSync(join(root, path))
          : "";
      return `${path} ${found.mode.toString(8)} ${content}`;
    });
}

async function allKinds(owner: SafeFolder): Promise<readonly PlannedWrite[]> {
  const file = { mode: "100644", id: await blob("new\n") } as const;
  return [
    planned(owner, "folder/deep/deleted", undefined),
    planned(owner, "replaced", file),
    planned(owner, "link", { mode: "120000", id: await blob("last") }),
    planned(owner, "made/by/apply", { ...file, mode: "100755" }),
    planned(owner, "last", file),
  ];
}

describe("a write", () => {
  it("replaces, makes and deletes, with folders as they are needed and no longer needed", async () => {
    using owner = SafeFolder.open(root);
    const writes = await allKinds(owner);
    await writeFiles({ id: "x", recordDir, stage, owner, root, writes });
    expect(snapshot()).toEqual([
      "last 100644 new\n",
      "link 120777 last",
      "made 40755 ",
      "made/by 40755 ",
      "made/by/apply 100755 new\n",
      "replaced 100640 new\n",
    ]);
    expect(readdirSync(recordDir).filter((name) => !name.startsWith("apply-"))).toEqual([]);
  });

  it("takes everything back when one file has changed since it was looked at", async () => {
    using owner = SafeFolder.open(root);
    const writes = await allKinds(owner);
    writeFileSync(join(root, "last"), "of the owner\n");
    const before = snapshot();
    await expect(
      writeFiles({ id: "x", recordDir, stage, owner, root, writes }),
    ).rejects.toMatchObject({ code: "E_APPLY_CONFLICT" });
    expect(snapshot()).toEqual(before);
    expect(readdirSync(recordDir).filter((name) => !name.startsWith("apply-"))).toEqual([]);
  });

  it("takes everything back when a file stands where none was", async () => {
    using owner = SafeFolder.open(root);
    const file = { mode: "100644", id: await blob("new\n") } as const;
    const writes = [...(await allKinds(owner)), planned(owner, "zz/new", file)];
    mkdirSync(join(root, "zz"));
    writeFileSync(join(root, "zz", "new"), "of the owner\n");
    const before = snapshot();
    await expect(
      writeFiles({ id: "x", recordDir, stage, owner, root, writes }),
    ).rejects.toMatchObject({ code: "E_APPLY_CONFLICT" });
    expect(snapshot()).toEqual(before);
  });

  it("is one at a time: a second one is told of the first", async () => {
    using owner = SafeFolder.open(root);
    mkdirSync(join(root, ".claude-bottle-apply-other-abc12"));
    await expect(recoverWrite("x", recordDir, root)).rejects.toMatchObject({
      code: "E_APPLY_BUSY",
      message: expect.stringContaining("other-abc12") as string,
    });
    mkdirSync(join(root, ".claude-bottle-apply-x"));
    const writes = await allKinds(owner);
    await expect(
      writeFiles({ id: "x", recordDir, stage, owner, root, writes }),
    ).rejects.toMatchObject({ code: "E_APPLY_BUSY" });
    expect(existsSync(join(root, ".claude-bottle-apply-x"))).toBe(true);
  });
});
