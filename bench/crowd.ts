/** Bottles that live side by side: started one after the other as a user would, and ended together. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Host } from "../src/compose/paths.ts";
import { clock } from "./clock.ts";
import { bottleMemory } from "./memory.ts";
import type { BottleMemory } from "./memory.ts";

const run = promisify(execFile);

export interface CrowdOptions {
  /** Private, and short: sockets are below it. */
  readonly folder: string;
  /** `bottles.yaml`, with one agent. */
  readonly manifest: string;
  /** Behind `bottle start --yes --detach`. */
  readonly start: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface Crowd {
  readonly size: number;
  /** Milliseconds until the agent of one more runs. */
  add(): Promise<number>;
  memories(): Promise<readonly BottleMemory[]>;
  end(): Promise<void>;
}

export async function openCrowd(host: Host, options: CrowdOptions): Promise<Crowd> {
  const { folder, start } = options;
  const workspace = join(folder, "workspace");
  const manifest = join(folder, "bottles.yaml");
  const stateHome = join(folder, "state");
  await mkdir(workspace, { mode: 0o700 });
  await mkdir(join(folder, "run"), { mode: 0o700 });
  await writeFile(join(workspace, "README.md"), "A small workspace.\n");
  await writeFile(manifest, options.manifest, { mode: 0o600 });
  const env = {
    ...options.env,
    PATH: host.env["PATH"],
    HOME: host.env["HOME"],
    XDG_STATE_HOME: stateHome,
    XDG_RUNTIME_DIR: join(folder, "run"),
    ...(host.env["XDG_CACHE_HOME"] === undefined
      ? {}
      : { XDG_CACHE_HOME: host.env["XDG_CACHE_HOME"] }),
  };
  const bottle = async (...args: readonly string[]): Promise<string> =>
    (await run(process.execPath, [join(host.dist, "cli.js"), ...args], { env, cwd: workspace }))
      .stdout;
  const where = ["--manifest", manifest, "--workspace", workspace];
  const ids: string[] = [];
  return {
    get size() {
      return ids.length;
    },
    async add() {
      const begun = clock();
      const id = await bottle("start", ...where, "--yes", "--detach", ...start);
      ids.push(id.trim());
      return clock() - begun;
    },
    memories: () =>
      Promise.all(
        ids.map(async (id) => {
          const state = JSON.parse(
            await readFile(join(stateHome, "claude-bottle", id, "state.json"), "utf8"),
          ) as { readonly pid: number };
          return bottleMemory(state.pid);
        }),
      ),
    async end() {
      await bottle("stop", "--all");
      ids.length = 0;
    },
  };
}
