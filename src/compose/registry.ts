/** Every backend and agent provider, by name; each is loaded only when it is chosen. */
import { BottleError } from "../errors/error.ts";
import type { Endpoint } from "../backends/docker/engine/endpoint.ts";
import type { AgentProvider } from "../lifecycle/agent.ts";
import type { Backend } from "../lifecycle/backend.ts";
import type { LinkName, RungName } from "../manifest/manifest.ts";
import type { Host } from "./paths.ts";

/** What one backend object is for. */
export interface Isolation {
  readonly rung: RungName;
  readonly link: LinkName;
  /** `local`, or `ssh://…` and a socket of `BackendHost`. */
  readonly place: string;
  /** The daemon's containers have a user namespace (`Instead`). */
  readonly ownUsers?: boolean | undefined;
}

/** What backends are made from. */
export type BackendHost = Pick<Host, "env" | "uid" | "dist"> & {
  /** Of the launch to come, where it is known. */
  readonly image?: string | null;
  /** The Engine's socket of a place elsewhere, brought here. */
  readonly socket?: string | undefined;
  /** Milliseconds that a bottle there lives on while nobody reaches it. */
  readonly ttlMs?: number | undefined;
};

/** Rungs of this version with the links that each has, its own first. */
const links: Readonly<Partial<Record<RungName, readonly [LinkName, ...LinkName[]]>>> = {
  namespace: ["socket"],
  runc: ["socket", "network", "loopback"],
  gvisor: ["socket", "network"],
  kata: ["network"],
};

/** The backend of that rung and link, or undefined where this version has none. */
export async function backendFor(
  { rung, link, place, ownUsers = false }: Isolation,
  host: BackendHost,
): Promise<Backend | undefined> {
  const { uid, env, dist, image = null, socket, ttlMs } = host;
  const ttl = ttlMs === undefined ? {} : { ttl: ttlMs };
  if (!linksOf(rung, place).includes(link)) return undefined;
  if (rung === "namespace")
    return (await import("../backends/namespace/backend.ts")).createNamespaceBackend({ uid, env });
  return (await import("../backends/docker/backend.ts")).createDockerBackend({
    uid,
    env,
    dist,
    rung: rung === "gvisor" || rung === "kata" ? rung : "runc",
    link,
    image,
    ownUsers,
    ...(place !== "local" && { elsewhere: true, endpoint: endpointAt(place, socket), ...ttl }),
  });
}

function endpointAt(place: string, socket: string | undefined): Endpoint {
  return socket === undefined
    ? { reason: `there is no connection to ${place}`, remedy: "Run `bottle doctor`." }
    : { socket, from: place };
}

/**
 * The links of a rung, its own first; none where this version has no backend for it. Elsewhere nothing of this machine can be
 * bound, and the gateway runs there as well: always `network`.
 */
export function linksOf(rung: RungName, place = "local"): readonly LinkName[] {
  const all = links[rung] ?? [];
  return place === "local" ? all : all.filter((link) => link === "network");
}

/** The backend of a rung with the link that it takes by itself. */
export async function usualBackend(
  rung: RungName,
  host: BackendHost,
): Promise<Backend | undefined> {
  const [link] = linksOf(rung);
  return link === undefined ? undefined : backendFor({ rung, link, place: "local" }, host);
}

/** The same, or the one that is left where that cannot be used here. */
export async function usableBackend(
  rung: RungName,
  host: BackendHost,
  end: AbortSignal,
): Promise<Backend | undefined> {
  const usual = await usualBackend(rung, host);
  const found = await usual?.probe(end);
  if (found === undefined || found.available || found.instead === undefined) return usual;
  return backendFor({ rung, place: "local", ...found.instead }, host);
}

/** What a manifest that says nothing gets. */
export const defaultRung: RungName = "namespace";

/** Every rung that this version has a backend for. */
export const builtRungs: readonly RungName[] = Object.keys(links) as readonly RungName[];

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
