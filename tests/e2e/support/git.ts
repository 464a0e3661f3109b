/** The owner's git, in a scene's workspace, with no settings of whoever runs the tests. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Scene } from "./cli.ts";

const run = promisify(execFile);

export async function git(scene: Scene, ...args: readonly string[]): Promise<string> {
  const env = {
    PATH: process.env["PATH"],
    HOME: scene.folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Owner",
    GIT_AUTHOR_EMAIL: "owner@example.org",
    GIT_COMMITTER_NAME: "Owner",
    GIT_COMMITTER_EMAIL: "owner@example.org",
  };
  return (await run("git", [...args], { cwd: scene.workspace, env })).stdout;
}

/** Makes the workspace a repository with one commit of `code.txt`. */
export async function makeRepository(scene: Scene): Promise<void> {
  await git(scene, "init", "-q", "-b", "main");
  await writeFile(join(scene.workspace, "code.txt"), "one\n");
  await git(scene, "add", "code.txt");
  await git(scene, "commit", "-qm", "one");
}
