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
import { readInfo } from "../../src/backends/docker/info.ts";
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

/** What a rung's starts are measured against. */
interface Rival {
  /** As one registers it by hand. */
  readonly runtime: string;
  /** It can have this machine's network; a kernel of its own has a network of its own. */
  readonly hostNetwork: boolean;
}

/** Rungs that are measured against a container. */
const rivals: Readonly<Partial<Record<RungName, Rival>>> = {
  runc: { runtime: "runc", hostNetwork: true },
  gvisor: { runtime: "runsc", hostNetwork: false },
};

/**
 * On Docker's rungs `docker run` with its usual network, the bridge, at whose address on this machine the model listens: what an agent
 * has by hand, as it needs a way out. Beside it one with the host's network, for which nothing is set up: the fastest that Docker
 * has, and all that there is with a daemon that has no bridge.
 */
export async function referencesFor(host: Host, subject: Subject): Promise<References> {
  const rival = rivals[subject.rung];
  if (rival === undefined) return { address: loopback, usual: onHost(), fastest: undefined };
  await refuseMissing(host, rival);
  const made = await containerMaker(host, subject, rival.runtime);
  const bridge = await bridgeAddress(host);
  const shared = made("--network host", ["--network", "host"]);
  if (bridge !== undefined)
    return {
      address: bridge,
      usual: made("", []),
      fastest: rival.hostNetwork ? shared : undefined,
    };
  if (rival.hostNetwork) return { address: loopback, usual: shared, fastest: undefined };
  throw nothingToCompare(`The daemon has no bridge, and ${rival.runtime} has no other network.`);
}

async function refuseMissing(host: Host, { runtime }: Rival): Promise<void> {
  using engine = engineOf(host);
  const info = engine === undefined ? undefined : await readInfo(engine).catch(() => undefined);
  if (info === undefined || info.runtimes.has(runtime)) return;
  throw nothingToCompare(`The daemon has no runtime ${runtime} registered.`);
}

function nothingToCompare(why: string): BottleError {
  return new BottleError({
    code: "E_USAGE",
    what: "There is no `docker run` here that a start could be measured against.",
    why,
    next: "See docs/benchmarks.md, or measure another rung.",
  });
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
    readonly IPAM?: {
      readonly Config?: readonly { readonly Gateway?: string; readonly Subnet?: string }[];
    };
  };
  const [{ Gateway, Subnet = "" } = {}] = IPAM?.Config ?? [];
  // A daemon that has made its bridge just now says the network alone, whose first address the bridge has.
  const gateway = Gateway ?? Subnet.replace(/\.0\/\d+$/, ".1");
  return gateway !== "" && (await isOurs(gateway)) ? gateway : undefined;
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
