/** The agent without a bottle: the same program, arguments, settings and fresh home, straight on the host. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AgentProvider, InstalledAgent } from "../src/lifecycle/agent.ts";

export interface BareRun {
  readonly provider: AgentProvider;
  readonly installed: InstalledAgent;
  /** Base URL of the scripted model. */
  readonly modelUrl: string;
  readonly token: string;
  readonly prompt: string;
  /** Folder for homes. */
  readonly folder: string;
  readonly uid: number;
}

/** Runs it to its end; throws unless it ends well. */
export async function runBare(run: BareRun): Promise<void> {
  const home = await mkdtemp(join(run.folder, "home-"));
  const recipe = run.provider.recipe(run.installed, {
    home,
    workspace: home,
    door: run.modelUrl,
    caFile: "",
    ownCaFile: "",
    credentials: [
      {
        name: "anthropic",
        preset: "anthropic",
        kind: "oauth",
        placeholder: run.token,
        routePrefix: undefined,
        inside: { env: {}, seeds: [] },
      },
    ],
    interactive: false,
    resume: false,
    prompt: run.prompt,
    args: [],
  });
  for (const seed of recipe.seeds) {
    await mkdir(dirname(join(home, seed.path)), { recursive: true });
    await writeFile(join(home, seed.path), seed.content, { mode: seed.mode });
  }
  const env = {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: home,
    LANG: "C.UTF-8",
    ...recipe.env,
    ANTHROPIC_BASE_URL: run.modelUrl,
    CLAUDE_CODE_OAUTH_TOKEN: run.token,
    // Without a bottle the agent refuses full permissions as root; nothing else changes by it.
    ...(run.uid === 0 ? { IS_SANDBOX: "1" } : {}),
  };
  await finished(run.installed.program ?? "", recipe.argv.slice(1), env, home);
}

/** Resolves when the program ended with 0; its output is dropped. */
export function finished(
  program: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
    let told = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      told = (told + text).slice(-2_000);
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${code ?? signal ?? "?"}: ${told}`));
    });
  });
}
