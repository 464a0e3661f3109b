/** The agent without a bottle: the same program, arguments, settings and fresh home, straight on the host or in a container. */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AgentProvider, AgentRecipe, InstalledAgent } from "../../src/lifecycle/agent.ts";
import { finished } from "../finished.ts";

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

export interface BareAgent {
  readonly recipe: AgentRecipe;
  /** A fresh folder of this machine, with the agent's settings in it. */
  readonly home: string;
  /** Everything but PATH and HOME. */
  readonly env: Readonly<Record<string, string>>;
}

/** `inside` is where the agent will see its home; the host's own path unless told. */
export async function makeBare(run: BareRun, inside?: string): Promise<BareAgent> {
  const home = await mkdtemp(join(run.folder, "home-"));
  const recipe = run.provider.recipe(run.installed, {
    home: inside ?? home,
    workspace: inside ?? home,
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
    LANG: "C.UTF-8",
    ...recipe.env,
    ANTHROPIC_BASE_URL: run.modelUrl,
    CLAUDE_CODE_OAUTH_TOKEN: run.token,
  };
  return { recipe, home, env };
}

/** Without a bottle the agent refuses full permissions as root; nothing else changes by it. */
export const asRoot = { IS_SANDBOX: "1" } as const;

/** Runs it on this machine, to its end; throws unless it ends well. */
export async function runBare(run: BareRun, begun: (pid: number) => void): Promise<void> {
  const { recipe, home, env } = await makeBare(run);
  const own = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: home };
  const all = { ...own, ...env, ...(run.uid === 0 ? asRoot : {}) };
  await finished(run.installed.program ?? "", recipe.argv.slice(1), all, home, begun);
}
