/** What a plan needs to know about this host: probed rungs, how limits hold, and the workspace's real path. */
import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";
import type { HostFacts, RungFact } from "../plan/facts.ts";
import { homeOf } from "./paths.ts";
import type { Host } from "./paths.ts";
import type { LinkName, RungName } from "../manifest/manifest.ts";
import { backendFor, builtRungs, linksOf } from "./registry.ts";

/** The host's own defaults stand in for the bottle's values; the plan puts those in. */
const anyLimits = { cpus: 1, memory: 1024 ** 3, pids: 128, disk: 1024 ** 3 };

/** Reads only; `workspace` is an absolute path. Of the rungs it looks at the default one, which costs nothing. */
export async function readFacts(host: Host, workspace: string): Promise<HostFacts> {
  const [fact, source, home] = await Promise.all([
    rungFact("namespace", host),
    realWorkspace(workspace),
    realpath(homeOf(host)).catch(() => homeOf(host)),
  ]);
  return {
    rungs: fact === undefined ? [] : [fact],
    workspace: { source, git: await exists(join(source, ".git")) },
    home,
  };
}

/**
 * The same facts with those of every other rung, all with that link where one is asked for; whoever asks for the default ones does
 * not wait for a daemon.
 */
export async function withEveryRung(
  host: Host,
  facts: HostFacts,
  link?: LinkName,
): Promise<HostFacts> {
  const known = facts.rungs.filter((fact) => link === undefined || fact.link === link);
  const others = builtRungs.filter((rung) => known.every((fact) => fact.rung !== rung));
  const found = await Promise.all(others.map((rung) => rungFact(rung, host, link)));
  return { ...facts, rungs: [...known, ...found.filter((fact) => fact !== undefined)] };
}

async function rungFact(
  rung: RungName,
  host: Host,
  wanted?: LinkName,
): Promise<RungFact | undefined> {
  const [own] = linksOf(rung);
  if (own === undefined) return undefined;
  const link = wanted ?? own;
  const backend = await backendFor({ rung, link, place: "local" }, host);
  if (backend === undefined) {
    const remedy = `Use its own link, ${own}, or another rung.`;
    const availability = { available: false, reason: `it has no link ${link}`, remedy } as const;
    return { rung, link, availability };
  }
  const [availability, limits] = await Promise.all([backend.probe(), backend.limits(anyLimits)]);
  return { rung, link, availability, limits, images: backend.capabilities.system === "image" };
}

async function realWorkspace(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return realpath(path);
  throw new BottleError({
    code: "E_PLAN_WORKSPACE",
    what: found === undefined ? "The workspace is not there." : "The workspace is not a folder.",
    next: "Start in a project's folder, or name one with --workspace DIR.",
    place: { file: path },
  });
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
