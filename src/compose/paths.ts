/** Where things are on this host: the XDG base directories, and a short private one for sockets. */
import { join, resolve } from "node:path";
import type { HostPaths } from "../lifecycle/control.ts";
import type { LoadOptions } from "../manifest/load.ts";

export interface Host {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly uid: number;
  /** Absolute path of the bundle's folder. */
  readonly dist: string;
  /** Milliseconds since the epoch at which the user's command began. */
  readonly startedAt: number;
}

/** XDG Base Directory specification: a relative value is invalid and ignored. */
function xdg(host: Host, variable: string, fallback: string): string {
  const value = host.env[variable];
  return value !== undefined && value.startsWith("/") ? value : join(homeOf(host), fallback);
}

export function homeOf(host: Host): string {
  const home = host.env["HOME"];
  return home !== undefined && home.startsWith("/") ? home : "/";
}

export function configHome(host: Host): string {
  return xdg(host, "XDG_CONFIG_HOME", ".config");
}

function stateHome(host: Host): string {
  return xdg(host, "XDG_STATE_HOME", ".local/state");
}

/** Where manifests are looked for; `manifest` is what `--manifest` said, `project` an absolute path. */
export function manifestPlaces(
  host: Host,
  manifest: string | undefined,
  project: string,
): LoadOptions & { readonly stateHome: string } {
  return {
    file: manifest === undefined ? undefined : resolve(host.cwd, manifest),
    home: homeOf(host),
    configHome: configHome(host),
    stateHome: stateHome(host),
    cwd: host.cwd,
    project,
  };
}

export function hostPaths(host: Host): HostPaths {
  return {
    stateHome: stateHome(host),
    cacheDir: cacheDir(host),
    runHome: runHome(host),
    helper: join(host.dist, "helper.js"),
    home: homeOf(host),
  };
}

/** Where a bottle's supervisor listens. */
export function controlSocket(host: Host, id: string): string {
  return join(runHome(host), id, "control.sock");
}

function cacheDir(host: Host): string {
  return join(xdg(host, "XDG_CACHE_HOME", ".cache"), "claude-bottle");
}

/**
 * A socket's path has at most 107 bytes (unix(7)), so this is never below a long home. Nor is it ever the folder of records, or
 * of agents, where somebody keeps all of these in one: what is left over in it is swept.
 */
export function runHome(host: Host): string {
  const runtime = host.env["XDG_RUNTIME_DIR"] ?? "";
  const home = join(runtime, "claude-bottle");
  const kept = [join(stateHome(host), "claude-bottle"), cacheDir(host)];
  if (runtime.startsWith("/") && runtime.length < 48 && !kept.includes(home)) return home;
  // Not the path at which a bottle sees its own link.
  return host.uid === 0 ? "/run/claude-bottle-0" : `/tmp/claude-bottle-${host.uid}`;
}
