/** The scene's workspace as a git repository of the owner's. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { FaultScene } from "./scene.ts";

export function git(scene: FaultScene, ...args: readonly string[]): string {
  const who = ["-c", "user.name=Owner", "-c", "user.email=owner@example.org"];
  return execFileSync("git", ["-C", scene.workspace, ...who, ...args], {
    env: { PATH: process.env["PATH"], HOME: scene.folder, GIT_CONFIG_NOSYSTEM: "1" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** One commit of what is there. */
export function makeRepository(scene: FaultScene): void {
  git(scene, "init", "-q", "-b", "main");
  git(scene, "add", ".");
  git(scene, "commit", "-qm", "one");
}

/** Locks and half objects that a killed git leaves: they would be in the way of the owner's own. */
export function halfWritten({ workspace }: FaultScene): readonly string[] {
  return readdirSync(join(workspace, ".git"), { recursive: true, encoding: "utf8" }).filter(
    (name) => /(?:^|\/)tmp_|\.lock$/.test(name),
  );
}

/** Everything that git would lose or show differently. */
export function standing(scene: FaultScene): string {
  git(scene, "fsck", "--full", "--strict");
  return [
    git(scene, "status", "--porcelain"),
    git(scene, "for-each-ref"),
    git(scene, "log", "--all", "--format=%H"),
  ].join("\n");
}
