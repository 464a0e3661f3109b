import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useCloneLab } from "../../../tests/support/clone-lab.ts";

const lab = useCloneLab();

/** Every key of git-config(1) that runs a program or reads another file, each of them set to run the trap. */
const traps: readonly (readonly [string, (command: string) => string])[] = [
  ["core.fsmonitor", (c) => `[core]\n\tfsmonitor = ${c}\n`],
  ["core.hooksPath", (c) => `[core]\n\thooksPath = ${join(c, "..", "hooks")}\n`],
  [
    "core.sshCommand, gitProxy and askPass",
    (c) => `[core]\n\tsshCommand = ${c}\n\tgitProxy = ${c}\n\taskPass = ${c}\n`,
  ],
  ["core.alternateRefsCommand", (c) => `[core]\n\talternateRefsCommand = ${c}\n`],
  [
    "core.editor and pager",
    (c) => `[core]\n\teditor = ${c}\n\tpager = ${c}\n[pager]\n\tpack-objects = ${c}\n`,
  ],
  ["core.worktree", () => `[core]\n\tworktree = /\n`],
  [
    "core.attributesFile and excludesFile",
    () => `[core]\n\tattributesFile = /dev/zero\n\texcludesFile = /dev/zero\n`,
  ],
  [
    "alias.*",
    (c) => `[alias]\n\tpack-objects = !${c}\n\tcheck-ignore = !${c}\n\trev-list = !${c}\n`,
  ],
  ["uploadpack.packObjectsHook", (c) => `[uploadpack]\n\tpackObjectsHook = ${c}\n`],
  [
    "filter.*",
    (c) => `[filter "x"]\n\tclean = ${c}\n\tsmudge = ${c}\n\tprocess = ${c}\n\trequired = true\n`,
  ],
  [
    "diff.external and textconv",
    (c) => `[diff]\n\texternal = ${c}\n[diff "x"]\n\ttextconv = ${c}\n\tcommand = ${c}\n`,
  ],
  ["include.path", (c) => `[include]\n\tpath = ${join(c, "..", "evil.config")}\n`],
  ["includeIf.*.path", (c) => `[includeIf "gitdir:/"]\n\tpath = ${join(c, "..", "evil.config")}\n`],
  ["include.path of a device", () => `[include]\n\tpath = /dev/zero\n`],
  ["credential.helper", (c) => `[credential]\n\thelper = !${c}\n`],
  [
    "gpg.program and commit.gpgSign",
    (c) => `[gpg]\n\tprogram = ${c}\n[commit]\n\tgpgSign = true\n`,
  ],
  ["trace2.eventTarget", (c) => `[trace2]\n\teventTarget = ${join(c, "..", "sprung")}\n`],
  [
    "a promisor that runs a program",
    (c) =>
      `[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\turl = ext::${c} %S\n\tpromisor = true\n\tuploadpack = ${c}\n[protocol]\n\tallow = always\n[protocol "ext"]\n\tallow = always\n`,
  ],
];

describe("the copy runs nothing that the workspace's repository holds:", () => {
  it.each(traps)("not by %s", async (_name, config) => {
    const { command, sprung } = lab.trap();
    writeFileSync(join(lab.base, "evil.config"), `[core]\n\tfsmonitor = ${command}\n`);
    lab.write("a.txt", "a\n");
    lab.write(".gitattributes", "* filter=x diff=x\n");
    lab.write(".gitignore", "*.log\n");
    lab.commit("first");
    lab.write("b.log", "ignored\n");
    lab.write("new.txt", "new\n");
    mkdirSync(join(lab.base, "hooks"));
    mkdirSync(join(lab.repo, ".git/hooks"), { recursive: true });
    for (const hook of [
      "post-index-change",
      "reference-transaction",
      "fsmonitor-watchman",
      "pre-auto-gc",
      "post-checkout",
    ])
      for (const folder of [join(lab.base, "hooks"), join(lab.repo, ".git/hooks")]) {
        copyFileSync(command, join(folder, hook));
        chmodSync(join(folder, hook), 0o755);
      }
    appendFileSync(join(lab.repo, ".git/config"), config(command));
    const facts = await lab.clone();
    expect(facts).toMatchObject({ files: 4, ignoredLeft: 1 });
    expect(sprung()).toBe(false);
    // Nor is the trap inside, waiting for the agent's git.
    expect(lab.read(".git/config")).not.toContain("trap");
    lab.git(lab.copy, "status");
    expect(sprung()).toBe(false);
  });

  it("not even the trap that plain git springs (so that the tests above can fail)", () => {
    const { command, sprung } = lab.trap();
    appendFileSync(join(lab.repo, ".git/config"), `[core]\n\tfsmonitor = ${command}\n`);
    lab.git(lab.repo, "status");
    expect(sprung()).toBe(true);
  });

  it("not a program named git in the workspace", async () => {
    const { command, sprung } = lab.trap();
    lab.write("a.txt", "a\n");
    lab.commit("first");
    symlinkSync(command, join(lab.repo, "git"));
    await lab.clone();
    expect(sprung()).toBe(false);
  });

  it("nor has a place for it: its .git has these files and no others", async () => {
    lab.write("a.txt", "a\n");
    lab.commit("first");
    for (const folder of ["rr-cache", "lfs", "worktrees/x", "modules/y", "branches"])
      mkdirSync(join(lab.repo, ".git", folder), { recursive: true });
    for (const file of ["FETCH_HEAD", "ORIG_HEAD", "gc.log", "description"])
      writeFileSync(join(lab.repo, ".git", file), "x\n");
    lab.git(lab.repo, "gc", "-q");
    await lab.clone();
    const files = execFileSync(
      "find",
      [join(lab.copy, ".git"), "-type", "f", "!", "-name", "*.rev", "-printf", "%P\n"],
      {
        encoding: "utf8",
      },
    );
    expect(
      files
        .trimEnd()
        .replace(/pack-[0-9a-f]+/g, "pack-*")
        .split("\n")
        .toSorted((a, b) => a.localeCompare(b)),
    ).toEqual([
      "config",
      "HEAD",
      "index",
      "info/exclude",
      "objects/pack/pack-*.idx",
      "objects/pack/pack-*.pack",
      "packed-refs",
    ]);
  });

  it("refuses refs that it cannot read", async () => {
    lab.write("a.txt", "a\n");
    lab.commit("first");
    appendFileSync(join(lab.repo, ".git/config"), "[extensions]\n\trefStorage = reftable\n");
    expect(await lab.refusal()).toMatch(/^E_WORKSPACE_GIT: Its refs are kept as a reftable/);
  });

  it("leaves attributes behind that name a driver, and carries those that do not", async () => {
    lab.write("a.txt", "a\n");
    lab.commit("first");
    mkdirSync(join(lab.repo, ".git/info"), { recursive: true });
    writeFileSync(join(lab.repo, ".git/info/attributes"), "*.txt text\n");
    expect((await lab.clone()).dropped).toEqual([]);
    expect(lab.read(".git/info/attributes")).toBe("*.txt text\n");
    writeFileSync(join(lab.repo, ".git/info/attributes"), "*.txt filter=x\n");
    expect((await lab.clone()).dropped).toEqual([".git/info/attributes"]);
  });
});
