/** What errors and docs tell a user to run exists: a remedy that names no command is none. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root, run } from "./scratch.ts";

async function filesOf(folder: string, ending: RegExp): Promise<readonly string[]> {
  const names = await readdir(join(root, folder), { recursive: true });
  return names.filter((name) => ending.test(name)).map((name) => `${folder}/${name}`);
}

/** The commands that `bottle --help` lists. */
async function commands(): Promise<readonly string[]> {
  const cli = join(root, "dist", "cli.js");
  const { stdout } = await run([process.execPath, cli, "--help"], { cwd: root, env: {} });
  return [...stdout.matchAll(/^ {2}bottle ([a-z]+)/gm)].map(([, name = ""]) => name);
}

describe("a command that a text names", () => {
  it("is one that there is", async () => {
    const known = await commands();
    expect(known).toContain("start");
    const sources = (await filesOf("src", /[.]ts$/)).filter((file) => !/[.]test[.]ts$/.test(file));
    const pages = ["README.md", "SECURITY.md", ...(await filesOf("docs", /[.]md$/))];
    const unknown: string[] = [];
    for (const file of [...sources, ...pages]) {
      const text = await readFile(join(root, file), "utf8");
      // In a source only what a user may read counts: string literals, not comments.
      const said = file.endsWith(".ts") ? /"[^"\n]*`bottle ([a-z]+)[^"\n]*"/g : /`bottle ([a-z]+)/g;
      for (const [, name = ""] of text.matchAll(said))
        if (!known.includes(name)) unknown.push(`${file}: bottle ${name}`);
    }
    expect(unknown).toEqual([]);
  });
});
