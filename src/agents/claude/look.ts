/** Looks whether the pinned Claude Code is installed, and reads none of its 245 MB. */
import { join } from "node:path";
import type { ClaudePlatform } from "./release.ts";
import { claudeRelease, claudeVersion, requireGlibc } from "./release.ts";
import { lookAt, stampHolds } from "../stamp.ts";

export interface ClaudeLook {
  readonly version: string;
  readonly program: string;
  /** `touched`: the stamp does not vouch for it, so its hash must be looked at; `changed`: it has another size. */
  readonly state: "ready" | "absent" | "touched" | "changed";
}

/** Throws where this machine has no build. */
export async function lookForClaude(
  options: ClaudePlatform & { readonly cacheDir: string },
): Promise<ClaudeLook> {
  const release = claudeRelease(options);
  requireGlibc(release, options);
  const program = join(options.cacheDir, "agents", "claude", claudeVersion, "claude");
  const found = { version: claudeVersion, program };
  const look = await lookAt(program);
  if (look === undefined) return { ...found, state: "absent" };
  if (look.size !== `${release.size}`) return { ...found, state: "changed" };
  const holds = await stampHolds(`${program}.stamp`, look, release.program);
  return { ...found, state: holds ? "ready" : "touched" };
}
