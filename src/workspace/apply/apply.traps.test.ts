import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { branch, useApplyLab } from "../../../tests/support/apply-lab.ts";

const lab = useApplyLab();

describe("apply runs nothing that a bottle wrote:", () => {
  /** A script whose run leaves a file behind. */
  function trap(): { command: string; sprung: () => boolean } {
    const flag = join(lab.base, "sprung");
    const script = join(lab.base, "trap.sh");
    writeFileSync(script, `#!/bin/sh\ntouch ${flag}\ncat\n`);
    chmodSync(script, 0o755);
    return { command: script, sprung: () => existsSync(flag) };
  }

  const configs: readonly (readonly [string, (command: string) => string])[] = [
    ["core.fsmonitor", (c) => `[core]\n\tfsmonitor = ${c}\n`],
    ["core.hooksPath", (c) => `[core]\n\thooksPath = ${join(c, "..", "hooks")}\n`],
    ["core.sshCommand", (c) => `[core]\n\tsshCommand = ${c}\n`],
    [
      "core.pager and aliases",
      (c) => `[core]\n\tpager = ${c}\n[alias]\n\tls-tree = !${c}\n\tfast-import = !${c}\n`,
    ],
    [
      "filter.*.clean and .process",
      (c) => `[filter "x"]\n\tclean = ${c}\n\tsmudge = ${c}\n\tprocess = ${c}\n\trequired = true\n`,
    ],
    [
      "diff.external and textconv",
      (c) => `[diff]\n\texternal = ${c}\n[diff "x"]\n\ttextconv = ${c}\n\tcommand = ${c}\n`,
    ],
    ["uploadpack.packObjectsHook", (c) => `[uploadpack]\n\tpackObjectsHook = ${c}\n`],
    ["core.worktree", () => `[core]\n\tworktree = /\n`],
    ["include.path", (c) => `[include]\n\tpath = ${join(c, "..", "evil.config")}\n`],
    [
      "credential.helper and core.askPass",
      (c) => `[credential]\n\thelper = !${c}\n[core]\n\taskPass = ${c}\n`,
    ],
  ];

  it.each(configs)("not by %s", async (_name, config) => {
    const { command, sprung } = trap();
    mkdirSync(join(lab.base, "hooks"));
    for (const hook of [
      "reference-transaction",
      "post-index-change",
      "post-commit",
      "pre-auto-gc",
      "fsmonitor-watchman",
      "post-checkout",
    ]) {
      symlinkSync(command, join(lab.base, "hooks", hook));
      mkdirSync(join(lab.bottle, ".git", "hooks"), { recursive: true });
      rmSync(join(lab.bottle, ".git", "hooks", hook), { force: true });
      symlinkSync(command, join(lab.bottle, ".git", "hooks", hook));
    }
    writeFileSync(join(lab.base, "evil.config"), `[core]\n\tfsmonitor = ${command}\n`);
    lab.write(lab.bottle, ".gitattributes", "* filter=x diff=x\n");
    lab.write(lab.bottle, "loose.txt", "loose\n");
    appendFileSync(join(lab.bottle, ".git", "config"), config(command));
    expect((await lab.apply()).branch).toBe(branch);
    expect(lab.git(lab.repo, "show", `${branch}:loose.txt`)).toBe("loose");
    expect(sprung()).toBe(false);
  });

  it("not even the trap that plain git springs (so that the tests above can fail)", () => {
    const { command, sprung } = trap();
    appendFileSync(join(lab.bottle, ".git", "config"), `[core]\n\tfsmonitor = ${command}\n`);
    lab.git(lab.bottle, "status");
    expect(sprung()).toBe(true);
  });
});
