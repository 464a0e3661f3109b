/** `bottle apply` into the folder itself is killed at every single step: the files are old or new, and the next call makes them new. */
import {
  cp,
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";
import { manifestText } from "./support/manifest.ts";

/** Kills its own process before the step number KILL_AT: a step is a call that changes something below an open folder. */
const killer = `
const fs = require("node:fs");
let left = Number(process.env.KILL_AT);
for (const name of ["renameSync", "linkSync", "unlinkSync", "mkdirSync", "rmdirSync", "symlinkSync", "writeFileSync", "openSync", "writeSync", "chmodSync", "lchownSync", "rmSync"]) {
  const real = fs[name];
  fs[name] = (...args) => {
    const target = String(args.find((arg) => String(arg).startsWith("/proc/self/fd/")) ?? "");
    const counts = name === "writeSync" || (target !== "" && (name !== "openSync" || /w/.test(String(args[1]))));
    if (counts) {
      left -= 1;
      if (left === 0) process.kill(process.pid, "SIGKILL");
    }
    return real(...args);
  };
}
`;

/** What a folder holds, by path. */
async function contents(folder: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const path of await readdir(folder, { recursive: true })) {
    const full = join(folder, path);
    const stat = await lstat(full);
    if (stat.isSymbolicLink()) found[path] = `-> ${await readlink(full)}`;
    else if (stat.isFile()) found[path] = await readFile(full, "utf8");
  }
  return found;
}

async function prepare(scene: Scene): Promise<void> {
  const { workspace } = scene;
  await writeFile(join(workspace, "replaced"), "old\n");
  await writeFile(join(workspace, "executable"), "old\n", { mode: 0o755 });
  await mkdir(join(workspace, "gone", "deep"), { recursive: true });
  await writeFile(join(workspace, "gone", "deep", "deleted"), "old\n");
  await writeFile(join(workspace, "becomes-folder"), "old\n");
  await symlink("replaced", join(workspace, "link"));
}

const change =
  "echo new > replaced; echo new > executable; rm -r gone; rm becomes-folder; mkdir becomes-folder; echo new > becomes-folder/inside; ln -sf executable link; mkdir -p made/deep; echo new > made/deep/file";

describe("an apply into the folder that is killed at any step", () => {
  it("leaves old files or new ones; diff and rm say so, and the next apply makes all of them new", async () => {
    await using scene = await openScene(manifestText({ provider: "shell" }));
    await prepare(scene);
    const [old, saved] = [await contents(scene.workspace), join(scene.folder, "saved")];
    await cp(scene.workspace, saved, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
    const started = await scene.start(["--headless", "--yes", "--prompt", change]);
    expect([started.code, started.stderr]).toEqual([0, expect.stringContaining("ended with 0")]);
    const [id = ""] = await readdir(join(scene.stateHome, "claude-bottle"));
    const record = join(scene.stateHome, "claude-bottle", id);
    await writeFile(join(scene.folder, "killer.cjs"), killer);
    const options = `--require ${join(scene.folder, "killer.cjs")}`;

    let steps = 0;
    let cutOff = 0;
    for (let at = 1; ; at += 1) {
      const end = await scene.run(["apply", id], { NODE_OPTIONS: options, KILL_AT: String(at) });
      const now = await contents(scene.workspace);
      const files = Object.entries(now).filter(([path]) => !path.startsWith(".claude-bottle"));
      for (const [path, content] of files)
        expect(
          [old[path], path === "link" ? "-> executable" : "new\n"],
          `${at}: ${path}`,
        ).toContain(content);
      if (end.code === 0) break;
      steps += 1;
      const journal = await readFile(join(record, "apply-journal.json"), "utf8").catch(() => "");
      if (journal.includes('"state":"writing"')) {
        cutOff += 1;
        if (cutOff % 8 === 1) {
          expect((await scene.run(["diff", id])).stdout).toContain("an apply was cut off");
          expect((await scene.run(["rm", id])).stderr).toContain("An apply of it was cut off");
        }
      }
      const again = await scene.run(["apply", id]);
      expect(again, `${at}`).toMatchObject({ code: 0, stderr: "" });
      expect(again.stdout.includes("taken back first"), `${at}`).toBe(
        journal.includes('"writing"'),
      );
      expect(await contents(scene.workspace), `${at}`).toEqual({
        replaced: "new\n",
        executable: "new\n",
        link: "-> executable",
        "becomes-folder/inside": "new\n",
        "made/deep/file": "new\n",
      });
      expect((await readdir(record)).filter((name) => /journal|^apply-|kept/.test(name))).toEqual(
        [],
      );
      // As it was before, with the very times that the list of copied files has.
      for (const name of await readdir(scene.workspace))
        await rm(join(scene.workspace, name), { recursive: true });
      await cp(saved, scene.workspace, {
        recursive: true,
        preserveTimestamps: true,
        verbatimSymlinks: true,
      });
      for (const name of ["applied.json", "applied-files.json"])
        await rm(join(record, name), { force: true });
    }
    expect(steps).toBeGreaterThan(30);
    expect(cutOff).toBeGreaterThan(10);
  }, 300_000);
});
