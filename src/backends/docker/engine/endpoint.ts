/** Where the Engine listens: as the docker command would find it, but on this machine only. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

export type Endpoint =
  /** A path, or `tcp://`, an address of this machine's loopback and a port. */
  | { readonly socket: string; readonly from: string }
  | { readonly reason: string; readonly remedy: string };

/** Where a daemon of the system's own listens. */
const systemSocket = "/var/run/docker.sock";
/** Bytes of a configuration file of the docker command. */
const maxConfig = 1024 * 1024;

/** A daemon behind a port shares no files with us, as far as anybody can tell. */
export function isElsewhere(endpoint: Endpoint): boolean {
  return "socket" in endpoint && endpoint.socket.startsWith("tcp://");
}

/** What of an environment says where the Engine is; nothing else of it does anything here. */
export const endpointVariables = [
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CONFIG",
  "HOME",
  "XDG_RUNTIME_DIR",
] as const;

/** `DOCKER_HOST`, then the chosen context, then the system's socket, then the one of a daemon of this user's own. */
export function findEndpoint(env: Env): Endpoint {
  const host = env["DOCKER_HOST"] ?? "";
  if (host !== "") return parseHost(host, "DOCKER_HOST");
  const name = contextName(env);
  if (name !== undefined) return contextEndpoint(env, name);
  const runtime = env["XDG_RUNTIME_DIR"] ?? "";
  const own = isAbsolute(runtime) ? join(runtime, "docker.sock") : undefined;
  if (own !== undefined && !isSocket(systemSocket) && isSocket(own))
    return { socket: own, from: "this user's own daemon" };
  return { socket: systemSocket, from: "the system's daemon" };
}

/**
 * The API in the clear is root for whoever hears it: it goes to this machine's own loopback and nowhere else. What is behind a port
 * may be anywhere, so that such a daemon is taken for one that shares nothing with this machine.
 */
function parseHost(host: string, from: string): Endpoint {
  const path = /^unix:\/\/(\/.*)$/.exec(host)?.[1];
  if (path !== undefined && Buffer.byteLength(path) < 108) return { socket: path, from };
  const port = /^tcp:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})\/?$/.exec(host)?.[1];
  if (port !== undefined && Number(port) <= 65_535)
    return { socket: host.replace(/\/$/, ""), from };
  return {
    reason: `${from} names ${printable(host)}, which is no socket of this machine, and no port of its loopback`,
    remedy: `Set ${from === "DOCKER_HOST" ? from : "DOCKER_HOST"} to unix:// and the path of a daemon's socket on this machine.`,
  };
}

/** Undefined for the context that every docker command has. */
function contextName(env: Env): string | undefined {
  const asked = env["DOCKER_CONTEXT"] ?? "";
  const name =
    asked === "" ? stringField(readJson(configDir(env), "config.json"), "currentContext") : asked;
  return name === undefined || name === "" || name === "default" ? undefined : name;
}

/** Contexts are kept in folders named by the digest of their name (docker/cli, cli/context/store). */
function contextEndpoint(env: Env, name: string): Endpoint {
  const digest = createHash("sha256").update(name).digest("hex");
  const found = readJson(configDir(env), join("contexts/meta", digest, "meta.json"));
  const host = stringField(objectField(objectField(found, "Endpoints"), "docker"), "Host");
  if (host !== undefined) return parseHost(host, `the docker context ${printable(name)}`);
  return {
    reason: `the docker context ${printable(name)} cannot be read`,
    remedy: "Choose another with `docker context use`, or set DOCKER_HOST.",
  };
}

function configDir(env: Env): string {
  const own = env["DOCKER_CONFIG"] ?? "";
  return own === "" ? join(env["HOME"] ?? "/", ".docker") : own;
}

function readJson(dir: string, name: string): unknown {
  try {
    const path = join(dir, name);
    if (statSync(path).size > maxConfig) return undefined;
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function objectField(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function stringField(value: unknown, name: string): string | undefined {
  const field = objectField(value, name);
  return typeof field === "string" ? field : undefined;
}

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
