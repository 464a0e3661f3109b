/** `bottle start` as a process of its own, for tests that kill it. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dist } from "./bottle.ts";
import type { TestHome } from "./bottle.ts";
import { target } from "./target.ts";

export interface BottleProcess extends AsyncDisposable {
  /** The only bottle of this home. */
  id(): string;
  kill(signal: NodeJS.Signals): void;
  stderr(): string;
  /** The exit code, or null after a signal. */
  readonly ended: Promise<number | null>;
}

export async function startBottleProcess(
  home: TestHome,
  options: { readonly rung: string; readonly prompt: string; readonly manifest?: string },
): Promise<BottleProcess> {
  const manifest = options.manifest ?? join(home.dir, "process.json");
  if (options.manifest === undefined)
    await writeFile(
      manifest,
      JSON.stringify({
        version: 1,
        bottles: { dev: { rung: options.rung, ...target() } },
        agents: { tester: { bottle: "dev", provider: "shell" } },
      }),
    );
  const argv = ["start", "--manifest", manifest, "--headless", "--yes", "--prompt", options.prompt];
  const child = spawn(process.execPath, [join(dist, "cli.js"), ...argv], {
    cwd: home.workspace,
    env: home.env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (told += text));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    id: () =>
      readdirSync(join(home.stateHome, "claude-bottle")).find((name) =>
        name.startsWith("tester-"),
      ) ?? "",
    kill: (signal) => void child.kill(signal),
    stderr: () => told,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
