/** Every backend and agent provider, by name; each is loaded only when it is chosen. */
import { BottleError } from "../errors/error.ts";
import type { AgentProvider } from "../lifecycle/agent.ts";
import type { Backend } from "../lifecycle/backend.ts";
import type { RungName } from "../manifest/manifest.ts";
import type { Host } from "./paths.ts";

/** What backends are made from. */
export type BackendHost = Pick<Host, "env" | "uid" | "dist">;

/** The backend of a rung, or undefined where this version has none. */
export async function backendFor(rung: RungName, host: BackendHost): Promise<Backend | undefined> {
  const { uid, env, dist } = host;
  switch (rung) {
    case "namespace":
      return (await import("../backends/namespace/backend.ts")).createNamespaceBackend({
        uid,
        env,
      });
    case "runc":
      return (await import("../backends/docker/backend.ts")).createDockerBackend({
        uid,
        env,
        dist,
      });
    default:
      return undefined;
  }
}

/** What a manifest that says nothing gets. */
export const defaultRung: RungName = "namespace";

/** Every rung that this version has a backend for. */
export const builtRungs: readonly RungName[] = ["namespace", "runc"];

export async function providerFor(name: string): Promise<AgentProvider> {
  switch (name) {
    case "claude":
      return (await import("../agents/claude/provider.ts")).claudeProvider;
    case "codex":
      return (await import("../agents/codex/provider.ts")).codexProvider;
    case "gemini":
      return (await import("../agents/gemini/provider.ts")).geminiProvider;
    case "shell":
      return (await import("../agents/shell.ts")).shellProvider;
    default:
      throw new BottleError({
        code: "E_AGENT_UNKNOWN_PROVIDER",
        what: `There is no provider "${name}".`,
        next: "Use claude, codex, gemini or shell.",
      });
  }
}
