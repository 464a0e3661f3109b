/** Joins the real parts of a supervisor: this is where lifecycle's contracts meet gateway, backends, agents and proof. */
import { readFile } from "node:fs/promises";
import { networkInterfaces, release } from "node:os";
import { dirname } from "node:path";
import { commonEnvironment } from "../agents/environment.ts";
import type { Capabilities } from "../lifecycle/backend.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import type {
  CanariesHandle,
  CanaryPlaces,
  HostedGatewayHandle,
  PortsHandle,
  SearchPlaces,
  SupervisorParts,
} from "../lifecycle/supervisor/deps.ts";
import type { PortSpec } from "../manifest/manifest.ts";
import type { WayBack } from "../ports/way-back.ts";
import { readProcess } from "../host/process.ts";
import { openCanaries } from "../proof/canaries.ts";
import { localAddresses } from "../proof/host-addresses.ts";
import { searchSecrets } from "../proof/secret-search.ts";
import { lastingProbes } from "../proof/rules.ts";
import { judge } from "../proof/verdict.ts";
import { openRecord, reopenRecord } from "../record/record.ts";
import { removeRecord } from "../record/remove.ts";
import { openTranscript } from "../record/transcript.ts";
import { createTerminalFilter } from "../terminal/filter.ts";
import { plantForests } from "../workspace/caches/forest.ts";
import { cloneWorkspace } from "../workspace/clone.ts";
import { BottleError } from "../errors/error.ts";
import { prepareCredentials } from "./credentials.ts";
import { openGateway } from "./gateway.ts";
import { hostGateway } from "./gateway-hosted/host.ts";
import type { HostedGateway } from "./gateway-hosted/hosted.ts";
import { checkMountPlan, mountOrdered, runningAs, settleAround, sweepingFolders } from "./mount.ts";
import { backendFor, providerFor } from "./registry.ts";
import { openScreen } from "./screen.ts";
import { systemRoots } from "./roots.ts";
import { proxySecrets } from "./upstream-proxy.ts";

/** The parts for one order. */
export async function supervisorParts(
  order: Pick<LaunchOrder, "plan" | "paths" | "backendEnv" | "image">,
): Promise<SupervisorParts> {
  const uid = process.getuid?.() ?? -1;
  const rung = order.plan.rung.chosen;
  const place =
    order.plan.place === "local"
      ? undefined
      : await (await import("./place.ts")).openOrdered(order);
  const { backendEnv: env, image } = order;
  const [chosen, provider] = await Promise.all([
    backendFor(
      { rung, link: order.plan.link, place: order.plan.place, ownUsers: order.plan.ownUsers },
      {
        env,
        uid,
        dist: dirname(order.paths.helper),
        image,
        socket: place?.socket,
        ttlMs: place?.ttlMs,
      },
    ),
    providerFor(order.plan.agent.provider),
  ]);
  if (chosen === undefined)
    throw new BottleError({
      code: "E_RUNG_UNAVAILABLE",
      what: `There is no backend for the rung ${rung}.`,
    });
  const { plan, paths } = order;
  const sweeping = sweepingFolders(chosen, paths);
  const backend =
    plan.workspace.mode === "mount"
      ? runningAs(sweeping, (await checkMountPlan(plan, paths, uid)).owner)
      : sweeping;
  return {
    now,
    backend,
    provider,
    ...(place !== undefined && { place }),
    uid,
    ticks: readProcess(process.pid)?.started ?? 0,
    openRecord: ({ plan, paths, resume }) =>
      (resume ? reopenRecord : openRecord)({ stateHome: paths.stateHome, id: plan.id }),
    discardRecord: ({ plan, paths }) =>
      removeRecord({ stateHome: paths.stateHome, id: plan.id, path: searchPath }),
    openTranscript: ({ terminal, startedAt }, { dir }) =>
      openTranscript({ dir, terminal, startedAt, now }),
    openScreen,
    createFilter: () => {
      const filter = createTerminalFilter();
      return (data) => filter.push(data);
    },
    prepareCredentials,
    openGateway,
    lasting: lastingProbes,
    openCanaries: (places) => canaries(places, backend.capabilities),
    hostGateway: (order, end) => hostGateway(backend, order, end),
    openPorts,
    searchSecrets: search,
    cloneWorkspace: async (options) => {
      // What a killed bottle planted is no part of the owner's folder.
      await settleAround(paths, options.source);
      return cloneWorkspace({
        ...options,
        path: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
        now,
      });
    },
    mountWorkspace: mountOrdered,
    plantForests,
    commonEnvironment,
    systemRoots,
    openTerminal: async (size, owner) =>
      (await import("../terminal/pty.ts")).openTerminal(size, owner),
  };
}

async function openPorts(wanted: readonly PortSpec[], id: string): Promise<PortsHandle> {
  const [ports, { openWayBack }] = await Promise.all([
    import("../ports/ports.ts").then((loaded) => loaded.openPorts(wanted, id)),
    import("../ports/way-back.ts"),
  ]);
  const wayBack = (back: string | HostedGatewayHandle): Promise<WayBack> | WayBack =>
    typeof back === "string"
      ? openWayBack({ at: { path: back }, patience: 10_000, manners: 2_000 })
      : (back as HostedGateway).waysBack;
  return {
    specs: ports.specs,
    serve: async (helper, back) => ports.serve(helper, await wayBack(back)),
    [Symbol.dispose]: () => ports[Symbol.dispose](),
  };
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Of the programs that a supervisor itself starts. */
const searchPath = "/usr/local/bin:/usr/bin:/bin";

/** All addresses of this machine (proc(5) knows it as `fib_trie`). */
const routes = "/proc/net/fib_trie";

async function canaries(
  places: CanaryPlaces,
  { sharedNamespaces, nosuid, link, kernel, ownKernel }: Capabilities,
): Promise<CanariesHandle> {
  const { sharedDir, ...rest } = places;
  const opened = await openCanaries({
    ...rest,
    ...(sharedDir === undefined ? {} : { sharedDir }),
    interfaces: networkInterfaces(),
    ...(link !== "socket" ? { local: localAddresses(await readFile(routes, "latin1")) } : {}),
    hostPid: process.pid,
    sharedNamespaces,
    ownKernel,
  });
  let closing: PromiseLike<void> | undefined;
  return {
    targets: (network) => opened.targets(network),
    judge: async (results, hostKernel = release()) =>
      judge(results, { ...(await opened.report()), nosuid, link, kernel, hostKernel }),
    // Closed after the verdict, and again by the undo of a launch that did not get there.
    [Symbol.asyncDispose]: () => (closing ??= opened[Symbol.asyncDispose]()),
  };
}

/** What could not be read counts as found: a search that saw half proves nothing. */
async function search(
  order: LaunchOrder,
  { pids, files, texts }: SearchPlaces,
): Promise<readonly { name: string; where: string }[]> {
  const credentials = order.plan.credentials.map((credential, index) => ({
    name: credential.secret.text,
    value: order.secrets[index] ?? "",
  }));
  const values = [...credentials, ...proxySecrets(order)];
  if (values.length === 0) return [];
  const { found, unread } = await searchSecrets({
    pids,
    paths: files,
    texts,
    values,
    memory: false,
  });
  return [...found, ...unread.map((where) => ({ name: "unreadable", where }))];
}
