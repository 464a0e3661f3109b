/** What a plan needs to know about this host: probed rungs, how limits hold, and the workspace's real path. */
import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";
import type { HostFacts, RungFact } from "../plan/facts.ts";
import { homeOf } from "./paths.ts";
import type { Host } from "./paths.ts";
import { backendFor } from "./registry.ts";

/** The host's own defaults stand in for the bottle's values; the plan puts those in. */
const anyLimits = { cpus: 1, memory: 1024 ** 3, pids: 128, disk: 1024 ** 3 };

/** Reads only; `workspace` is an absolute path. */
export async function readFacts(host: Host, workspace: string): Promise<HostFacts> {
  const backend = await backendFor("namespace", host);
  const [availability, limits, source, home] = await Promise.all([
    backend?.probe(),
    backend?.limits(anyLimits),
    realWorkspace(workspace),
    realpath(homeOf(host)).catch(() => homeOf(host)),
  ]);
  const rungs: readonly RungFact[] =
    availability === undefined ? [] : [{ rung: "namespace", availability }];
  return {
    rungs,
    limits: limits ?? [],
    workspace: { source, git: await exists(join(source, ".git")) },
    home,
  };
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
