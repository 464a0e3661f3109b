import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { branch, useApplyLab } from "../../../tests/support/apply-lab.ts";
import { openDiff } from "../diff/diff.ts";
import { unappliedWork } from "./unapplied.ts";

const lab = useApplyLab();

/** Scripts that leave a file behind when they run: one for each name. */
interface Traps {
  readonly script: (name: string) => string;
  readonly sprung: () => readonly string[];
}

function traps(): Traps {
  const flags = join(lab.base, "sprung");
  mkdirSync(flags);
  mkdirSync(join(lab.base, "traps"));
  let count = 0;
  return {
    script: (name) => {
      count += 1;
      const script = join(lab.base, "traps", `${count}.sh`);
      writeFileSync(
        script,
        `#!/bin/sh\ntouch '${flags}/${name.replaceAll(/[^a-zA-Z. ,]/g, "_")}'\ncat\n`,
      );
      chmodSync(script, 0o755);
      return script;
    },
    sprung: () => readdirSync(flags),
  };
}

/** Keys of git's config that name a program or lead to one, and how. */
const configs: readonly (readonly [string, (command: string) => string])[] = [
  ["core.fsmonitor", (c) => `[core]\n\tfsmonitor = ${c}\n`],
  ["core.hooksPath", (c) => `[core]\n\thooksPath = ${hooksFolder(c)}\n`],
  ["core.sshCommand", (c) => `[core]\n\tsshCommand = ${c}\n`],
  ["core.pager and pager.diff", (c) => `[core]\n\tpager = ${c}\n[pager]\n\tdiff = ${c}\n`],
  ["core.editor", (c) => `[core]\n\teditor = ${c}\n[sequence]\n\teditor = ${c}\n`],
  ["core.gitProxy", (c) => `[core]\n\tgitProxy = ${c}\n`],
  ["core.alternateRefsCommand", (c) => `[core]\n\talternateRefsCommand = ${c}\n`],
  [
    "core.attributesFile",
    () => `[core]\n\tattributesFile = ${join(lab.base, "evil.attributes")}\n`,
  ],
  [
    "alias.*",
    (c) =>
      `[alias]\n\tls-tree = !${c}\n\tfast-import = !${c}\n\tdiff-tree = !${c}\n\tcat-file = !${c}\n`,
  ],
  [
    "filter.*.clean, .smudge",
    (c) => `[filter "x"]\n\tclean = ${c}\n\tsmudge = ${c}\n\trequired = true\n`,
  ],
  ["filter.*.process", (c) => `[filter "x"]\n\tprocess = ${c}\n\trequired = true\n`],
  ["diff.external", (c) => `[diff]\n\texternal = ${c}\n`],
  ["diff.*.textconv", (c) => `[diff "x"]\n\ttextconv = ${c}\n`],
  ["diff.*.command", (c) => `[diff "x"]\n\tcommand = ${c}\n`],
  ["merge.*.driver", (c) => `[merge "x"]\n\tdriver = ${c}\n[merge]\n\tdefault = x\n`],
  ["uploadpack.packObjectsHook", (c) => `[uploadpack]\n\tpackObjectsHook = ${c}\n`],
  ["core.worktree", () => `[core]\n\tworktree = /\n`],
  ["include.path", (c) => `[include]\n\tpath = ${evilConfig(c)}\n`],
  ["includeIf", (c) => `[includeIf "gitdir:/"]\n\tpath = ${evilConfig(c)}\n`],
  [
    "credential.helper and core.askPass",
    (c) => `[credential]\n\thelper = !${c}\n[core]\n\taskPass = ${c}\n`,
  ],
  [
    "gpg.program",
    (c) => `[gpg]\n\tprogram = ${c}\n[log]\n\tshowSignature = true\n[commit]\n\tgpgSign = true\n`,
  ],
  [
    "url.*.insteadOf an ext:: address",
    (c) =>
      `[url "ext::${c} "]\n\tinsteadOf = /\n[protocol]\n\tallow = always\n[protocol "ext"]\n\tallow = always\n`,
  ],
  [
    "remote.*.uploadpack and .vcs",
    (c) => `[remote "x"]\n\turl = /\n\tuploadpack = ${c}\n\tvcs = ext\n`,
  ],
  [
    "interactive.diffFilter, trailer, sendemail and difftool",
    (c) =>
      `[interactive]\n\tdiffFilter = ${c}\n[trailer "x"]\n\tcommand = ${c}\n[difftool "x"]\n\tcmd = ${c}\n[diff]\n\ttool = x\n`,
  ],
];

const attributes = "* filter=x diff=x merge=x\n";
const hooks = [
  "reference-transaction",
  "post-index-change",
  "pre-commit",
  "post-commit",
  "pre-auto-gc",
  "fsmonitor-watchman",
  "post-checkout",
  "post-merge",
  "update",
  "pre-receive",
];

/** A folder with the script as every hook. */
function hooksFolder(script: string): string {
  const folder = `${script}.hooks`;
  mkdirSync(folder);
  for (const hook of hooks) symlinkSync(script, join(folder, hook));
  return folder;
}

function evilConfig(script: string): string {
  const file = `${script}.config`;
  writeFileSync(file, `[core]\n\tfsmonitor = ${script}\n`);
  return file;
}

/** A change that every trap would be asked about, and attributes that name them. */
function work(): void {
  writeFileSync(join(lab.base, "evil.attributes"), attributes);
  lab.write(lab.bottle, "committed.txt", "committed\n");
  lab.write(lab.bottle, "package.json", "{}\n");
  lab.commit(lab.bottle, "committed");
  mkdirSync(join(lab.bottle, ".git", "info"), { recursive: true });
  writeFileSync(join(lab.bottle, ".git", "info", "attributes"), attributes);
  lab.write(lab.bottle, ".gitattributes", attributes);
  lab.write(lab.bottle, "changed.txt", "changed\n");
  lab.write(lab.bottle, "loose.txt", "loose\n");
}

/** All that the host does with a bottle's work. */
async function everything(): Promise<void> {
  {
    await using diff = await openDiff(lab.work());
    let lines = 0;
    const take = (): Promise<boolean> => Promise.resolve((lines += 1) > 0);
    await diff.patch("marked", take);
    await diff.patch("rest", take);
    expect(lines).toBeGreaterThan(10);
  }
  expect(await lab.apply()).toMatchObject({ branch, rewritten: 1 });
  expect(lab.git(lab.repo, "-c", "core.hooksPath=/", "show", `${branch}:loose.txt`)).toBe("loose");
  const yes = (): Promise<boolean> => Promise.resolve(true);
  expect(await lab.apply({ includeDangerous: yes })).toMatchObject({ branch });
  expect(await lab.apply({ to: "worktree" })).toMatchObject({ written: 3 });
  expect(await unappliedWork(lab.work())).toMatchObject({ changed: false });
}

describe("diff, apply and rm run nothing that a bottle wrote:", () => {
  it(`not by ${configs.map(([name]) => name).join("; ")}`, async () => {
    const { script, sprung } = traps();
    work();
    for (const [name, config] of configs)
      appendFileSync(join(lab.bottle, ".git", "config"), config(script(name)));
    await everything();
    expect(sprung()).toEqual([]);
  });

  it("not by its hooks", async () => {
    const { script, sprung } = traps();
    work();
    rmSync(join(lab.bottle, ".git", "hooks"), { recursive: true, force: true });
    symlinkSync(hooksFolder(script("hook")), join(lab.bottle, ".git", "hooks"));
    await everything();
    expect(sprung()).toEqual([]);
  });

  it.each([
    ["core.fsmonitor", "status"],
    ["include.path", "status"],
    ["filter.*.clean, .smudge", "add", "."],
    ["filter.*.process", "add", "."],
    ["diff.external", "diff"],
    ["diff.*.textconv", "diff"],
    ["diff.*.command", "diff"],
    ["core.hooksPath", "commit", "-qm", "x", "changed.txt"],
    ["gpg.program", "commit", "-qm", "x", "changed.txt"],
  ])("although plain git springs the trap of %s with git %s", (name, ...argv) => {
    const { script, sprung } = traps();
    work();
    const config = configs.find(([one]) => one === name)?.[1] ?? String;
    appendFileSync(join(lab.bottle, ".git", "config"), config(script("this one")));
    try {
      lab.git(lab.bottle, ...argv);
    } catch {
      // The trap is no honest program.
    }
    expect(sprung()).toEqual(["this one"]);
  });
});

describe("diff and apply run nothing of the owner's own on what a bottle wrote", () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  it("of his settings, for all of his repositories or of this one", async () => {
    const { script, sprung } = traps();
    // What he would run himself, he runs: only what would run on the bottle's files is set here.
    const own = configs
      .filter(([name]) => /^(?:filter|diff|merge|alias|core\.(?:attr|pager|alternate))/.test(name))
      .map(([name, config]) => config(script(name)))
      .join("");
    work();
    mkdirSync(join(lab.base, "home"));
    writeFileSync(join(lab.base, "home", ".gitconfig"), own);
    process.env["HOME"] = join(lab.base, "home");
    process.env["XDG_CONFIG_HOME"] = join(lab.base, "home");
    delete process.env["GIT_CONFIG_GLOBAL"];
    writeFileSync(join(lab.repo, ".git", "info", "attributes"), "* diff=x merge=x\n");
    appendFileSync(join(lab.repo, ".git", "config"), own);
    await everything();
    expect(sprung()).toEqual([]);
  });

  it("of his environment", async () => {
    const { script, sprung } = traps();
    work();
    for (const name of ["GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS"])
      process.env[name] = script(name);
    process.env["GIT_CONFIG_GLOBAL"] = evilConfig(script("GIT_CONFIG_GLOBAL"));
    process.env["GIT_CONFIG_COUNT"] = "1";
    process.env["GIT_CONFIG_KEY_0"] = "diff.external";
    process.env["GIT_CONFIG_VALUE_0"] = script("GIT_CONFIG_COUNT");
    process.env["GIT_DIR"] = join(lab.bottle, ".git");
    process.env["GIT_OBJECT_DIRECTORY"] = join(lab.bottle, ".git", "objects");
    await everything();
    expect(sprung()).toEqual([]);
  });
});
