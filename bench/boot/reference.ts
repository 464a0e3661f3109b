/** What a start is measured against: what the owner would do by hand, without a bottle. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { findEndpoint } from "../../src/backends/docker/engine/endpoint.ts";
import { openEngine } from "../../src/backends/docker/engine/engine.ts";
import type { Engine } from "../../src/backends/docker/engine/engine.ts";
import { firstProcess } from "../../src/backends/docker/container-state.ts";
import { backendFor } from "../../src/compose/registry.ts";
import type { Host } from "../../src/compose/paths.ts";
import { backendEnvironment } from "../../src/compose/system.ts";
import { BottleError } from "../../src/errors/error.ts";
import type { RungName } from "../../src/manifest/manifest.ts";
import { finished } from "../finished.ts";
import { asRoot, makeBare, runBare } from "./bare.ts";
import type { BareRun } from "./bare.ts";
import type { Subject } from "./subject.ts";

export interface Reference {
  /** For people. */
  readonly how: string;
  run(bare: BareRun): Promise<void>;
  /** Host processes that make up the run that is on; everything below them belongs to it. */
  roots(): Promise<readonly number[]>;
}

export interface References {
  /** Where the model has to listen, for all of them to reach it. */
  readonly address: string;
  /** What the budget is about. */
  readonly usual: Reference;
  /** A faster way that nobody takes by hand, where there is one: told beside it. */
  readonly fastest: Reference | undefined;
}

/** Rungs that are measured against a container, by the runtime that it gets. */
const runtimes: Readonly<Partial<Record<RungName, string>>> = { runc: "runc" };

/**
 * On Docker's rungs `docker run` with its usual network, the bridge, at whose address on this machine the model listens: what an agent
 * has by hand, as it needs a way out. Beside it one with the host's network, for which nothing is set up: the fastest that Docker
 * has, and all that there is with a daemon that has no bridge.
 */
export async function referencesFor(host: Host, subject: Subject): Promise<References> {
  const runtime = runtimes[subject.rung];
  if (runtime === undefined) return { address: loopback, usual: onHost(), fastest: undefined };
  const made = await containerMaker(host, subject, runtime);
  const bridge = await bridgeAddress(host);
  const shared = made("--network host", ["--network", "host"]);
  if (bridge === undefined) return { address: loopback, usual: shared, fastest: undefined };
  return { address: bridge, usual: made("", []), fastest: shared };
}

const loopback = "127.0.0.1";

function onHost(): Reference {
  let running = 0;
  return {
    how: "the same agent bare on the host",
    run: (bare) => runBare(bare, (pid) => void (running = pid)),
    roots: () => Promise.resolve([running]),
  };
}

/** This machine's address on the network that a container gets by itself; undefined where there is none, or it is elsewhere. */
async function bridgeAddress(host: Host): Promise<string | undefined> {
  using engine = engineOf(host);
  const found = await engine?.call("GET", "/networks/bridge").catch(() => undefined);
  const { IPAM } = (found ?? {}) as {
    readonly IPAM?: { readonly Config?: readonly { readonly Gateway?: string }[] };
  };
  const gateway = IPAM?.Config?.[0]?.Gateway;
  return gateway !== undefined && (await isOurs(gateway)) ? gateway : undefined;
}

/** A bridge that nobody is on counts as down, and is in no list of interfaces. */
async function isOurs(address: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(0, address);
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** The Engine of this environment; undefined where none is named on this machine. */
export function engineOf(host: Pick<Host, "env">): Engine | undefined {
  const endpoint = findEndpoint(host.env);
  return "socket" in endpoint ? openEngine(endpoint.socket) : undefined;
}

/** Root inside and no limits, as nobody says otherwise by hand. */
async function containerMaker(
  host: Host,
  subject: Subject,
  runtime: string,
): Promise<(words: string, network: readonly string[]) => Reference> {
  const docker = findDocker(host);
  const backend = await backendFor(subject, host);
  const image = (await backend?.prepare?.({ kind: "default" }, () => undefined)) ?? "";
  const env = { PATH: host.env["PATH"], ...backendEnvironment(host.env) };
  const home = "/root";
  return (words, network) => {
    let name = "";
    return {
      how: ["docker run --rm -i --runtime", runtime, words].join(" ").trim(),
      async run(bare) {
        const made = await makeBare(bare, home);
        name = `bottle-bench-${randomBytes(6).toString("hex")}`;
        const variables = { ...made.env, ...asRoot };
        const mounts = made.recipe.mounts.map(({ source, target }) => `${source}:${target}:ro`);
        const argv = [
          ...["run", "--rm", "-i", "--name", name, "--runtime", runtime, ...network],
          ...[...mounts, `${made.home}:${home}`].flatMap((mount) => ["--volume", mount]),
          // Without a value: it is taken from the command's environment, and stands in no argument.
          ...Object.keys(variables).flatMap((variable) => ["--env", variable]),
          ...["--workdir", home, image, ...made.recipe.argv],
        ];
        await finished(docker, argv, { ...env, ...variables }, bare.folder);
      },
      async roots() {
        using engine = engineOf(host);
        const pid = engine === undefined ? 0 : await firstProcess(engine, name).catch(() => 0);
        return pid === 0 ? [] : [pid];
      },
    };
  };
}

function findDocker({ env }: Host): string {
  const found = (env["PATH"] ?? "")
    .split(":")
    .map((folder) => join(folder, "docker"))
    .find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new BottleError({
    code: "E_USAGE",
    what: "A start is measured against `docker run`, and there is no docker command here.",
    next: "Install it (on Debian: docker.io), or measure the rung namespace.",
  });
}
