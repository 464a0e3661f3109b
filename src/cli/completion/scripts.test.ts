/** The scripts in real shells, with a program in a folder whose name a shell would obey. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lacksProgram, need } from "../../../tests/support/require.ts";
import { completionScript } from "./scripts.ts";
import type { Shell } from "./scripts.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "completion-"));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** How each shell is brought to ask for the line `bottle one ""`. */
const ask: Readonly<Record<Shell, readonly string[]>> = {
  bash: [
    "--norc",
    "-c",
    'source "$0"; COMP_WORDS=(bottle one ""); COMP_CWORD=2; _bottle; printf "%s\\n" "${COMPREPLY[@]}"',
  ],
  zsh: [
    "-f",
    "-c",
    'compdef() { :; }; _describe() { print -rl -- $found; }; source "$0"; words=(bottle one ""); CURRENT=3; _bottle',
  ],
  fish: ["--no-config", "-c", 'source $argv[1]; complete -C "bottle one "'],
};

for (const shell of Object.keys(ask) as Shell[])
  test(`${shell} runs the program where it is, whatever its path, with the words as they were typed`, (context) => {
    need(context, lacksProgram(shell));
    const folder = join(dir, `it's \\ "$(touch pwned)" \`touch pwned\` here`);
    mkdirSync(folder);
    const program = join(folder, "echo.cjs");
    writeFileSync(program, "console.log(JSON.stringify(process.argv.slice(2)));");
    const script = join(dir, "script");
    writeFileSync(script, completionScript(shell, [process.execPath, program]));
    const ran = spawnSync(shell, [...ask[shell], script], {
      cwd: dir,
      env: { PATH: process.env["PATH"], HOME: dir },
      encoding: "utf8",
    });
    expect(ran.stderr).toBe("");
    expect(JSON.parse(ran.stdout)).toEqual(["__complete", shell, "--", "one", ""]);
    expect(existsSync(join(dir, "pwned"))).toBe(false);
  });
