/** The pinned Claude Code: in the cache, as it was installed, or still to be downloaded. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { lookForClaude } from "../../agents/claude/look.ts";
import { BottleError } from "../../errors/error.ts";
import type { Check } from "../../lifecycle/backend.ts";
import { hostPaths } from "../paths.ts";
import type { DoctorHost } from "./host.ts";
import { shellWord } from "./words.ts";

const name = "claude";

/** Costs one stat: the program's hash is looked at by a start, and only where the stamp beside it does not hold. */
export async function claude(host: DoctorHost): Promise<Check> {
  try {
    const { version, program, state } = await lookForClaude({
      platform: host.platform as NodeJS.Platform,
      arch: host.arch,
      exists: (path) => existsSync(join(host.root, path)),
      cacheDir: hostPaths(host).cacheDir,
    });
    if (state === "ready")
      return { name, state: "good", detail: `${version}, in the cache as it was installed` };
    if (state === "absent")
      return {
        name,
        state: "open",
        detail: `${version} is not in the cache yet: the first start downloads 77 MB`,
        remedy: "Run: bottle demo",
      };
    if (state === "touched")
      return { name, state: "open", detail: `${version}; the next start checks its hash anew` };
    return {
      name,
      state: "bad",
      detail: `${version}: ${program} is not what was installed`,
      remedy: `Find out who changed it, then run: rm ${shellWord(program)}`,
    };
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    const detail = error.why ?? error.message;
    return { name, state: "open", detail, ...(error.next !== undefined && { remedy: error.next }) };
  }
}
