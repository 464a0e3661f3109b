/** The Docker backend: bottles made by the Docker daemon of this machine, over its API. The rung runc. */
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import type { Availability, Backend } from "../../lifecycle/backend.ts";
import { BottleError } from "../../errors/error.ts";
import { readVirtualization } from "../../host/virtualization.ts";
import type { LinkName } from "../../manifest/manifest.ts";
import type { Instead } from "../../plan/plan.ts";
import { givenOwner, ownerOf } from "../owner.ts";
import { capabilitiesWith } from "./capabilities.ts";
import type { DockerRung } from "./capabilities.ts";
import { leftElsewhere } from "./carried/left.ts";
import { userThere } from "./carried/user.ts";
import { examineEngine } from "./doctor/examine.ts";
import type { Examined } from "./doctor/examine.ts";
import { findEndpoint, isElsewhere } from "./engine/endpoint.ts";
import type { Endpoint } from "./engine/endpoint.ts";
import { openEngine } from "./engine/engine.ts";
import type { Engine } from "./engine/engine.ts";
import { engineError } from "./engine/failure.ts";
import { openHosting } from "./gateway/hosting.ts";
import { openLoopback } from "./loopback/hosting.ts";
import { usersOf } from "./info.ts";
import { kataRuntime } from "./kata/runtime.ts";
import { readImage } from "./image/image.ts";
import { built, prepareImage } from "./image/prepare.ts";
import { gatewayRecipe } from "./image/recipe.ts";
import { launchBottle } from "./launch.ts";
import { findLeft, sweepLeft } from "./leftovers.ts";
import { planLimits } from "./limits.ts";
import { ownNode } from "./own-node.ts";
import { runc, runscFor } from "./runtime.ts";
import type { ContainerRuntime } from "./runtime.ts";

/** Milliseconds: what is left over can wait for a daemon that answers, and no bottle's end for one that does not. */
const sweepPatience = 10_000;

/** Milliseconds. */
const usualTtl = 600_000;

const daemonPrograms = ["/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd"];

export interface DockerHost {
  /** Who runs us; 0 means that bottles get an unprivileged uid of their own. */
  readonly uid: number;
  readonly gid?: number;
  /** Says where the daemon is (engine/endpoint.ts), and which proxy and certificates a build needs. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where this program's own files are. */
  readonly dist: string;
  /** `runc` where nobody says. */
  readonly rung?: DockerRung;
  /** `socket` where nobody says. */
  readonly link?: LinkName;
  /** The daemon shares no files and no processes with this machine: what its bottles need is carried. */
  readonly elsewhere?: boolean;
  /** The daemon of this machine gives its containers a user namespace, or is in one: what its bottles need is carried as well. */
  readonly ownUsers?: boolean;
  /** Milliseconds for which a bottle elsewhere lives on while nobody reaches it. */
  readonly ttl?: number;
  /** Of the launch to come: what a launch asks about it is asked at once. */
  readonly image?: string | null;
  /** Where the daemon is, if the environment is not to say it. */
  readonly endpoint?: Endpoint;
  readonly platform?: string;
  readonly node?: string;
  /** The supervisor: containers carry it as their owner. */
  readonly pid?: number;
}

export function createDockerBackend(host: DockerHost): Backend {
  const { uid, env, dist, gid = process.getgid?.() ?? uid, platform = process.platform } = host;
  const { node = process.execPath, pid = process.pid, rung = "runc", link = "socket" } = host;
  const { ttl = usualTtl, endpoint = findEndpoint(env), ownUsers = false } = host;
  const elsewhere = host.elsewhere === true || isElsewhere(endpoint) || ownUsers;
  const root = elsewhere ? undefined : "/";
  const files = elsewhere ? "carried" : "bound";
  let opened: Engine | undefined;
  const engine = (): Engine => (opened ??= openEngine(socketOf()));
  let other: Engine | undefined;
  const sweeper = (): Engine => (other ??= openEngine(socketOf(), sweepPatience));
  let examining: Promise<Examined> | undefined;
  const examined = (end?: AbortSignal): Promise<Examined> =>
    (examining ??= examineEngine(
      {
        ...{ rung, link, platform, endpoint, uid, osRelease: osRelease(), kernel: release() },
        ...{ root, path: env["PATH"], socket: "socket" in endpoint ? endpoint.socket : undefined },
        installed: daemonPrograms.some((path) => existsSync(path)),
        carried: elsewhere,
      },
      end,
    ));
  const owner = (id: string) => ownerOf(id, { uid, gid });
  const hosting = openHosting({ engine, uid, gid, pid, dist, elsewhere, ttl });
  const joined = openLoopback({ engine, uid, pid, dist });
  const { image = null } = host;
  const found = image === null || !("socket" in endpoint) ? undefined : readImage(engine(), image);
  found?.catch(() => undefined);

  return {
    name: "docker",
    capabilities: capabilitiesWith(rung, link, { files, ownUsers }),
    async probe(end): Promise<Availability> {
      if (elsewhere && link !== "network") return socketElsewhere;
      const { checks, info } = await examined(end);
      const bad = checks.find(({ state }) => state === "bad");
      if (bad !== undefined)
        return {
          available: false,
          reason: bad.detail,
          remedy: bad.remedy ?? "Run `bottle doctor`.",
          ...(bad.name === "docker-users" && rung === "runc" && { instead: intoUsers }),
        };
      const docker = `Docker ${info?.serverVersion ?? ""}`;
      const network = networkWords[link];
      const system = `${network}, an image's system`;
      if (rung === "gvisor")
        return { available: true, detail: `${docker}, gVisor as the kernel, ${system}` };
      if (rung === "runc") return { available: true, detail: `${docker}, ${system}` };
      const own = `${docker}, a machine of its own`;
      if (root === undefined) return { available: true, emulated: "unknown", detail: own };
      const { kind, detail } = readVirtualization(root);
      return { available: true, emulated: kind === "emulated", detail: `${own}; ${detail}` };
    },
    examine: async (end) => (await examined(end)).checks,
    owner,
    limits: async (wanted) => planLimits(wanted, (await examined()).info),
    prepare: async (image, progress) => {
      const builder = { engine: engine(), env, dist };
      try {
        if (link !== "socket") await built(builder, gatewayRecipe(dist), progress);
        return await prepareImage(builder, image, progress);
      } catch (error) {
        throw engineError(error);
      }
    },
    ...(link === "network" ? { hostGateway: (spec) => hosting.host(spec) } : {}),
    ...(link === "loopback" ? { hostGateway: (spec) => joined.host(spec) } : {}),
    launch: async (spec, stdio) =>
      launchBottle(spec, stdio, {
        engine: engine(),
        image: found !== undefined && spec.image === image ? found : undefined,
        uid,
        user: elsewhere
          ? userThere(spec.id, (await examined()).info)
          : spec.owner === undefined
            ? owner(spec.id)
            : givenOwner(spec.owner, uid),
        node,
        ownNode: ownNode(),
        pid,
        runtime: await runtimeOf(),
        ...(link === "network" ? { lease: hosting.lease(spec) } : {}),
        ...(link === "loopback" ? { beside: joined.beside(spec) } : {}),
        ...(elsewhere
          ? {
              elsewhere: {
                recordOwner: uid === 0 ? owner(spec.id) : undefined,
                ownUsers: usersOf((await examined()).info) !== undefined,
                ttl,
              },
            }
          : {}),
      }),
    ...(elsewhere
      ? leftElsewhere({
          engine,
          sweeper,
          uid,
          recordOwner: (id) => (uid === 0 ? owner(id) : undefined),
        })
      : {}),
    find: async () => ("socket" in endpoint ? findLeft(sweeper(), uid) : []),
    sweep: ({ id }) => sweepLeft(sweeper(), uid, id),
  };

  async function runtimeOf(): Promise<ContainerRuntime> {
    if (rung === "runc") return runc;
    return rung === "gvisor" ? runscFor(link) : kataRuntime((await examined()).info, root);
  }

  function socketOf(): string {
    if ("socket" in endpoint) return endpoint.socket;
    throw new BottleError({
      code: "E_RUNG_UNAVAILABLE",
      what: `The rung ${rung} cannot be used here.`,
      why: endpoint.reason,
      next: endpoint.remedy,
    });
  }
}

const networkWords: Readonly<Record<LinkName, string>> = {
  socket: "no network",
  network: "an internal network",
  loopback: "the gateway's network behind a firewall",
};

/** No socket of this machine leads to another. */
const socketElsewhere: Availability = {
  available: false,
  reason: "the Docker daemon is behind a port, and the link socket leads to no other machine",
  remedy: "Use `link: network`, or a daemon's socket on this machine.",
  instead: { link: "network", ownUsers: false },
};

/** Into a user namespace files are carried as to another machine. */
const intoUsers: Instead = { link: "network", ownUsers: true };

function osRelease(): string | undefined {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return undefined;
  }
}
