import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useApplyLab } from "../../../tests/support/apply-lab.ts";
import type { ApplyOptions } from "./apply.ts";

const lab = useApplyLab();
const to = { to: "worktree" } as const;
const all: Partial<ApplyOptions> = { ...to, includeDangerous: () => Promise.resolve(true) };

function read(path: string): string {
  return readFileSync(join(lab.repo, path), "utf8");
}

/** Every file of the owner's folder but git's, with its content. */
function snapshot(): Readonly<Record<string, string>> {
  const files = readdirSync(lab.repo, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => !entry.parentPath.startsWith(join(lab.repo, ".git")) && entry.name !== ".git",
    )
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.map((path) => {
      const found = lstatSync(path);
      const content = found.isFile()
        ? readFileSync(path, "utf8")
        : found.isSymbolicLink()
          ? readlinkSync(path)
          : "";
      return [path, `${found.mode.toString(8)} ${content}`];
    }),
  );
}

/** The error's code and text. */
async function failure(options: Partial<ApplyOptions> = to): Promise<string> {
  return lab.apply(options).then(
    () => "no error",
    (error: unknown) =>
      `${(error as { code?: string }).code ?? ""} ${(error as { why?: string }).why ?? ""}`,
  );
}

describe("apply --to worktree", () => {
  it("writes what the bottle committed and what it did not into the owner's folder, and leaves index and branches alone", async () => {
    lab.write(lab.bottle, "changed.txt", "new\n");
    lab.write(lab.bottle, "a folder/näme\nbroken.txt", "odd\n");
    lab.commit(lab.bottle, "committed");
    lab.write(lab.bottle, "loose.txt", "loose\n");
    rmSync(join(lab.bottle, "sub"), { recursive: true });
    symlinkSync("kept.txt", join(lab.bottle, "link"));
    expect(await lab.apply(to)).toMatchObject({ to: "worktree", written: 5, leftOut: [] });
    expect(read("changed.txt")).toBe("new\n");
    expect(read("a folder/näme\nbroken.txt")).toBe("odd\n");
    expect(read("loose.txt")).toBe("loose\n");
    expect(readlinkSync(join(lab.repo, "link"))).toBe("kept.txt");
    expect(existsSync(join(lab.repo, "sub"))).toBe(false);
    expect(lab.git(lab.repo, "branch", "--list", "bottle/*")).toBe("");
    expect(lab.git(lab.repo, "diff", "--cached", "--name-only")).toBe("");
    expect(readdirSync(lab.repo).filter((name) => name.startsWith(".claude-bottle"))).toEqual([]);
    expect(readdirSync(join(lab.base, "record")).toSorted()).toEqual([
      "applied-files.json",
      "applied.json",
      "workspace",
      "workspace.json",
    ]);
  });

  it("keeps permissions, and changes the right to be run only", async () => {
    chmodSync(join(lab.repo, "changed.txt"), 0o640);
    chmodSync(join(lab.repo, "kept.txt"), 0o600);
    await lab.copy();
    lab.write(lab.bottle, "changed.txt", "new\n");
    chmodSync(join(lab.bottle, "kept.txt"), 0o777);
    await lab.apply(all);
    expect((statSync(join(lab.repo, "changed.txt")).mode & 0o777).toString(8)).toBe("640");
    expect((statSync(join(lab.repo, "kept.txt")).mode & 0o777).toString(8)).toBe("700");
  });

  it("turns a file into a folder and a folder into a file", async () => {
    rmSync(join(lab.bottle, "sub"), { recursive: true });
    lab.write(lab.bottle, "sub", "a file now\n");
    rmSync(join(lab.bottle, "changed.txt"));
    lab.write(lab.bottle, "changed.txt/inside/deep", "a folder now\n");
    await lab.apply(to);
    expect(read("sub")).toBe("a file now\n");
    expect(read("changed.txt/inside/deep")).toBe("a folder now\n");
  });

  it("leaves what the owner had not committed as it is, and changes it where the bottle did", async () => {
    lab.write(lab.repo, "changed.txt", "old\nof the owner\n");
    lab.write(lab.repo, "untracked.txt", "of the owner\n");
    await lab.copy();
    lab.write(lab.bottle, "changed.txt", "old\nof the owner\nof the bottle\n");
    lab.write(lab.bottle, "deleted.txt", "x\n");
    expect(await lab.apply(to)).toMatchObject({ written: 2, untouched: 1 });
    expect(read("changed.txt")).toBe("old\nof the owner\nof the bottle\n");
    expect(read("untracked.txt")).toBe("of the owner\n");
  });

  it("changes nothing at all where one file is not what the bottle was given, and names each", async () => {
    lab.write(lab.bottle, "kept.txt", "bottle\n");
    lab.write(lab.bottle, "changed.txt", "bottle\n");
    lab.write(lab.bottle, "new.txt", "bottle\n");
    rmSync(join(lab.bottle, "deleted.txt"));
    lab.write(lab.repo, "changed.txt", "owner\n");
    lab.write(lab.repo, "new.txt", "owner\n");
    lab.write(lab.repo, "deleted.txt", "owner\n");
    const before = snapshot();
    const error = await failure();
    expect(error).toContain("E_APPLY_CONFLICT");
    expect(error).toContain("changed.txt is not what the bottle was given");
    expect(error).toContain("new.txt is there already");
    expect(error).toContain("deleted.txt is not what the bottle was given");
    expect(error).not.toContain("kept.txt");
    expect(snapshot()).toEqual(before);
  });

  it("does not mind files that the owner has as the bottle has them", async () => {
    lab.write(lab.bottle, "changed.txt", "same\n");
    lab.write(lab.repo, "changed.txt", "same\n");
    rmSync(join(lab.bottle, "deleted.txt"));
    rmSync(join(lab.repo, "deleted.txt"));
    lab.write(lab.bottle, "new.txt", "new\n");
    expect(await lab.apply(to)).toMatchObject({ written: 1 });
  });

  it("takes a deleted file for deleted where the owner has a folder by now, or none to have it in", async () => {
    rmSync(join(lab.bottle, "deleted.txt"));
    rmSync(join(lab.bottle, "sub"), { recursive: true });
    rmSync(join(lab.repo, "deleted.txt"));
    lab.write(lab.repo, "deleted.txt/own", "owner\n");
    rmSync(join(lab.repo, "sub"), { recursive: true });
    lab.write(lab.repo, "sub", "owner\n");
    expect(await lab.apply(to)).toMatchObject({ written: 0 });
    expect(read("deleted.txt/own")).toBe("owner\n");
  });

  it("does not bring back a file that the owner has deleted since and the bottle has changed", async () => {
    lab.write(lab.bottle, "changed.txt", "bottle\n");
    rmSync(join(lab.repo, "changed.txt"));
    expect(await failure()).toContain("changed.txt is not there any more");
    expect(existsSync(join(lab.repo, "changed.txt"))).toBe(false);
  });

  it("goes on after an earlier one, and knows what that has written as the bottle's", async () => {
    lab.write(lab.bottle, "changed.txt", "one\n");
    lab.write(lab.bottle, "new.txt", "one\n");
    await lab.apply(to);
    expect(await lab.apply(to)).toMatchObject({ written: 0 });
    lab.write(lab.bottle, "changed.txt", "two\n");
    lab.write(lab.bottle, "new.txt", "two\n");
    expect(await lab.apply(to)).toMatchObject({ written: 2 });
    expect(read("new.txt")).toBe("two\n");
    lab.write(lab.repo, "new.txt", "owner\n");
    lab.write(lab.bottle, "new.txt", "three\n");
    expect(await failure()).toContain("new.txt is there already");
  });

  it("leaves dangerous files out, and brings them with a yes", async () => {
    lab.write(lab.bottle, "package.json", "{}\n");
    lab.write(lab.bottle, "new.txt", "x\n");
    expect(await lab.apply(to)).toMatchObject({ written: 1, leftOut: [{ path: "package.json" }] });
    expect(existsSync(join(lab.repo, "package.json"))).toBe(false);
    expect(await lab.apply(all)).toMatchObject({ written: 1, leftOut: [] });
    expect(read("package.json")).toBe("{}\n");
  });

  it("writes nothing under the name that it uses itself", async () => {
    lab.write(lab.bottle, ".claude-bottle-apply-me-abc12/old/0", "x");
    expect(await failure(all)).toContain("has a name that is not written into a folder");
    expect((await lab.apply(to)).leftOut).toMatchObject([
      { path: ".claude-bottle-apply-me-abc12/old/0" },
    ]);
  });

  it("refuses a submodule by name", async () => {
    mkdirSync(join(lab.bottle, "module"));
    lab.git(join(lab.bottle, "module"), "init", "-q");
    lab.write(lab.bottle, "module/x", "x");
    lab.commit(join(lab.bottle, "module"), "x");
    lab.git(lab.bottle, "add", "module");
    lab.git(lab.bottle, "commit", "-qm", "a module");
    expect(await failure(all)).toContain("module is a submodule");
    expect(await failure(to)).toBe("no error");
  });
});

describe("apply --to worktree is not led out of the owner's folder", () => {
  it("by a folder of the owner's that is a link by now", async () => {
    const outside = join(lab.base, "outside");
    lab.write(lab.bottle, "sub/deep/file.txt", "bottle\n");
    lab.write(lab.bottle, "sub/deep/new.txt", "bottle\n");
    renameSync(join(lab.repo, "sub"), outside);
    symlinkSync(outside, join(lab.repo, "sub"));
    expect(await failure()).toContain("lies below a link of yours");
    expect(readFileSync(join(outside, "deep", "file.txt"), "utf8")).toBe("deep\n");
    expect(readdirSync(join(outside, "deep"))).toEqual(["file.txt"]);
  });

  it("by a file of the owner's that is a link by now", async () => {
    const outside = join(lab.base, "outside");
    lab.write(lab.base, "outside", "old\n");
    lab.write(lab.bottle, "changed.txt", "bottle\n");
    rmSync(join(lab.repo, "changed.txt"));
    symlinkSync(outside, join(lab.repo, "changed.txt"));
    expect(await failure()).toContain("changed.txt is not what the bottle was given");
    expect(readFileSync(outside, "utf8")).toBe("old\n");
  });

  it("by a link that the bottle was given and has replaced with a folder", async () => {
    const outside = join(lab.base, "outside");
    mkdirSync(outside);
    symlinkSync(outside, join(lab.repo, "data"));
    lab.commit(lab.repo, "a link");
    await lab.copy();
    rmSync(join(lab.bottle, "data"));
    lab.write(lab.bottle, "data/file.txt", "bottle\n");
    await lab.apply(all);
    expect(readdirSync(outside)).toEqual([]);
    expect(lstatSync(join(lab.repo, "data")).isDirectory()).toBe(true);
    expect(read("data/file.txt")).toBe("bottle\n");
  });

  it("by a link of the bottle's, which comes as a link", async () => {
    const outside = join(lab.base, "outside");
    lab.write(lab.base, "outside/key", "secret\n");
    rmSync(join(lab.bottle, "sub"), { recursive: true });
    symlinkSync(outside, join(lab.bottle, "sub"));
    expect((await lab.apply(to)).leftOut.map(({ path }) => path)).toEqual([
      "sub",
      "sub/deep/file.txt",
    ]);
    expect(read("sub/deep/file.txt")).toBe("deep\n");
    await lab.apply(all);
    expect(readlinkSync(join(lab.repo, "sub"))).toBe(outside);
    expect(readdirSync(outside)).toEqual(["key"]);
  });
});
