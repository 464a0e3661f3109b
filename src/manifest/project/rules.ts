/**
 * What a project's manifest may not do, however well it is formed. Untrusted: anything but agents with literal env.
 * Trusted: anything that would give away what is the owner's: his credentials, his folders, his network.
 */
import { credentialAuthority } from "../authority.ts";
import { isAddress } from "../formats/host.ts";
import { isWithin } from "../formats/local-path.ts";
import type { AgentSpec, BottleSpec, CredentialSpec, EnvSpec, Manifest } from "../manifest.ts";
import type { Report } from "../report.ts";
import type { Tree } from "../tree.ts";
import { lookUp } from "../tree.ts";
import { filesOf } from "./refers.ts";

export interface RuleContext {
  readonly trusted: boolean;
  /** The owner's manifest, if there is one. */
  readonly user: Manifest | undefined;
  /** Real path of the project's folder. */
  readonly root: string;
}

/** Reports every rule that the manifest breaks, at the key that does, or the nearest there is. */
export function projectRules(
  manifest: Manifest,
  tree: Tree,
  report: Report,
  context: RuleContext,
): void {
  const { user, trusted } = context;
  const held = heldVariables(user);
  for (const agent of manifest.agents.values()) {
    const at = (key?: string): number => placeOf(tree, "agents", agent.name, key);
    if (user?.agents.has(agent.name) === true) taken(report, at(), "an agent");
    for (const [key, why] of agentFaults(agent, held, trusted)) rule(report, at(key), why);
  }
  for (const bottle of manifest.bottles.values()) {
    const at = (key?: string): number => placeOf(tree, "bottles", bottle.name, key);
    if (user?.bottles.has(bottle.name) === true) taken(report, at(), "a bottle");
    if (!trusted) rule(report, at(), "defines a bottle of its own");
    else for (const [key, why] of bottleFaults(bottle, held, context)) rule(report, at(key), why);
  }
}

type Fault = readonly [key: string, why: string];

function agentFaults(
  { env, skills, bring }: AgentSpec,
  held: ReadonlySet<string>,
  trusted: boolean,
): readonly Fault[] {
  const faults: Fault[] = envFaults(env, held);
  if (trusted) return faults;
  if (env.some(({ kind }) => kind !== "literal"))
    faults.push(["env", "has env that is read from your environment, or asked from you"]);
  if (skills.length > 0) faults.push(["skills", "takes skills of yours"]);
  if (bring.length > 0) faults.push(["bring", "takes parts of your Claude Code set-up"]);
  return faults;
}

function bottleFaults(
  bottle: BottleSpec,
  held: ReadonlySet<string>,
  { root }: RuleContext,
): readonly Fault[] {
  const { env, credentials, mounts, workspace, upstreamProxy, projectAgents, allow, crl, place } =
    bottle;
  const { engine } = bottle;
  const faults: Fault[] = envFaults(env, held);
  for (const credential of credentials) {
    const why = credentialFault(credential, held);
    if (why !== undefined) faults.push(["credentials", why]);
  }
  if (allow.some(({ host }) => isAddress(host)))
    faults.push(["egress", "reaches into your machine or network by an address"]);
  if (crl.length > 0) faults.push(["egress", "has files of yours read"]);
  if (mounts.length > 0) faults.push(["mounts", "mounts folders of yours"]);
  if (workspace.mode === "mount") faults.push(["workspace", "writes in the workspace itself"]);
  // Its authorities would be trusted for every credential of the bottle.
  if (upstreamProxy !== null) faults.push(["upstreamProxy", "leads all requests to a proxy"]);
  // A program of this machine, in the place where requests are judged.
  if (engine !== undefined) faults.push(["engine", "chooses an engine"]);
  // With the owner's keys, to a machine that gets the workspace.
  if (place !== "local") faults.push(["place", "runs on another machine"]);
  if (projectAgents) faults.push(["projectAgents", "opens a bottle to projects"]);
  if (filesOf(bottle).some((file) => !isWithin(file, root)))
    faults.push(["image", "refers to a file outside of the project"]);
  return faults;
}

function envFaults(env: readonly EnvSpec[], held: ReadonlySet<string>): Fault[] {
  return env.some((spec) => spec.kind === "host" && held.has(spec.variable))
    ? [["env", "shows the agent a variable that one of your credentials is kept in"]]
    : [];
}

/** A program would run on the host; a file or a keychain entry could be the owner's by another name. */
function credentialFault(spec: CredentialSpec, held: ReadonlySet<string>): string | undefined {
  const { source } = spec.secret;
  if (source.kind !== "env" && source.kind !== "prompt")
    return `has a credential from ${source.kind}:, where a project may use env: or prompt: alone`;
  if (source.kind === "env" && held.has(source.variable))
    return "uses a variable that one of your credentials is kept in";
  const hosts = credentialAuthority(spec).map((authority) => new URL(authority).hostname);
  return hosts.some((host) => isAddress(host.replace(/^\[|\]$/g, "")))
    ? "sends a credential into your machine or network by an address"
    : undefined;
}

/** Variables that the owner's own credentials are read from. */
function heldVariables(user: Manifest | undefined): ReadonlySet<string> {
  const refs = [...(user?.bottles.values() ?? [])].flatMap(({ credentials, upstreamProxy }) => {
    const auth = upstreamProxy?.auth ?? null;
    return [...credentials.map(({ secret }) => secret), ...(auth === null ? [] : [auth])];
  });
  return new Set(refs.flatMap(({ source }) => (source.kind === "env" ? [source.variable] : [])));
}

function rule(report: Report, at: number, why: string): void {
  report.add(at, {
    code: "E_PROJECT_RULE",
    what: `The project's manifest ${why}.`,
    next: "Only your own manifest can do that.",
  });
}

function taken(report: Report, at: number, what: "an agent" | "a bottle"): void {
  report.add(at, {
    code: "E_PROJECT_NAME",
    what: `The project's manifest has the name of ${what} of yours.`,
    next: "Give it another name there.",
  });
}

function placeOf(tree: Tree, section: "agents" | "bottles", name: string, key?: string): number {
  const map = lookUp(tree, section);
  const entry = map?.kind === "map" ? map.entries.find((one) => one.key === name) : undefined;
  const value = entry?.value;
  const inner =
    key !== undefined && value?.kind === "map"
      ? value.entries.find((one) => one.key === key)
      : undefined;
  return inner?.at ?? entry?.at ?? tree.at;
}
