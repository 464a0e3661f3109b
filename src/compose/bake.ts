/** Bakes helper and agent into the image of bottles, so that their starts need to bring neither. */
import type { Baked, BakedImage } from "../backends/docker/baked/baked.ts";
import { bakeImage } from "../backends/docker/baked/bake.ts";
import { prepareImage } from "../backends/docker/image/prepare.ts";
import { programHash } from "../backends/docker/program-hash.ts";
import type { AgentContext } from "../lifecycle/agent.ts";
import { insideHelper } from "../lifecycle/supervisor/context.ts";
import { withEngine } from "./image-engine.ts";
import { imageOf } from "./image-request.ts";
import type { ImageRequest } from "./image-request.ts";
import { hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";
import { providerFor } from "./registry.ts";

export interface BakeRequest extends ImageRequest {
  /** Provider of the agent. */
  readonly agent: string;
}

/** The image, there or baked now from the bottle's, which is built or pulled first. */
export async function bakeAgent(
  host: Host,
  request: BakeRequest,
  progress: (line: string) => void,
): Promise<BakedImage> {
  const image = await imageOf(host, request);
  const provider = await providerFor(request.agent);
  const { cacheDir, helper } = hostPaths(host);
  const installed = await provider.install({ cacheDir, progress });
  const { mounts } = provider.recipe(installed, nobodys);
  return withEngine(host, request.place, async (engine) => {
    const { env, dist } = host;
    const base = await prepareImage({ engine, env, dist }, image, progress);
    const programs = [{ source: helper, target: insideHelper, mode: "ro" } as const, ...mounts];
    return bakeImage(
      engine,
      { base, agent: `${request.agent} ${installed.version}`, programs },
      progress,
    );
  });
}

/** Whether starts of this version take it: it has their helper, and the version of the agent that they run. */
export async function isCurrent(host: Host, { agent, programs }: Baked): Promise<boolean> {
  const helper = programs.find(({ target }) => target === insideHelper);
  if (helper?.hash !== (await programHash(hostPaths(host).helper))) return false;
  const [provider = "", version] = agent.split(" ");
  return version !== undefined && version === (await pinnedVersion(provider));
}

async function pinnedVersion(provider: string): Promise<string | undefined> {
  switch (provider) {
    case "claude":
      return (await import("../agents/claude/release.ts")).claudeVersion;
    case "codex":
      return (await import("../agents/codex/release.ts")).codexRelease(process).version;
    case "gemini":
      return (await import("../agents/gemini/release.ts")).geminiRelease.version;
    default:
      return provider === "shell" ? "system" : undefined;
  }
}

/** Which files an agent has is the same in every bottle. */
const nobodys: AgentContext = {
  home: "/home/agent",
  workspace: "/work/workspace",
  door: "",
  caFile: "",
  ownCaFile: "",
  credentials: [],
  interactive: false,
  prompt: null,
  resume: false,
  args: [],
};
