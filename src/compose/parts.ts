/** Joins the real parts of a supervisor: this is where lifecycle's contracts meet gateway, backends, agents and proof. */
import { networkInterfaces } from "node:os";
import { commonEnvironment } from "../agents/environment.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import type {
  CanariesHandle,
  CanaryPlaces,
  SearchPlaces,
  SupervisorParts,
} from "../lifecycle/supervisor/deps.ts";
import { openCanaries } from "../proof/canaries.ts";
import { searchSecrets } from "../proof/secret-search.ts";
import { judge } from "../proof/verdict.ts";
import { openRecord } from "../record/record.ts";
import { cloneWorkspace } from "../workspace/clone.ts";
import { BottleError } from "../errors/error.ts";
import { prepareCredentials } from "./credentials.ts";
import { openGateway } from "./gateway.ts";
import { backendFor, providerFor } from "./registry.ts";
import { systemRoots } from "./roots.ts";

/** The parts for one order. */
export async function supervisorParts(order: LaunchOrder): Promise<SupervisorParts> {
  const uid = process.getuid?.() ?? -1;
  const rung = order.plan.rung.chosen;
  const [backend, provider] = await Promise.all([
    backendFor(rung, { env: {}, uid }),
    providerFor(order.plan.agent.provider),
  ]);
  if (backend === undefined)
    throw new BottleError({
      code: "E_RUNG_UNAVAILABLE",
      what: `There is no backend for the rung ${rung}.`,
    });
  return {
    now: () => performance.timeOrigin + performance.now(),
    backend,
    provider,
    uid,
    openRecord: ({ plan, paths }) => openRecord({ stateHome: paths.stateHome, id: plan.id }),
    prepareCredentials,
    openGateway,
    openCanaries: canaries,
    searchSecrets: search,
    cloneWorkspace: (options) =>
      cloneWorkspace({
        ...options,
        path: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
        now: () => Date.now(),
      }),
    commonEnvironment,
    systemRoots,
    openTerminal: async (size, owner) =>
      (await import("../terminal/pty.ts")).openTerminal(size, owner),
  };
}

async function canaries(places: CanaryPlaces): Promise<CanariesHandle> {
  const { sharedDir, ...rest } = places;
  const opened = await openCanaries({
    ...rest,
    ...(sharedDir === undefined ? {} : { sharedDir }),
    interfaces: networkInterfaces(),
    hostPid: process.pid,
  });
  let closing: PromiseLike<void> | undefined;
  return {
    targets: () => opened.targets(),
    judge: async (results) => judge(results, await opened.report()),
    // Closed after the verdict, and again by the undo of a launch that did not get there.
    [Symbol.asyncDispose]: () => (closing ??= opened[Symbol.asyncDispose]()),
  };
}

/** What could not be read counts as found: a search that saw half proves nothing. */
async function search(
  order: LaunchOrder,
  { pids, files, texts }: SearchPlaces,
): Promise<readonly { name: string; where: string }[]> {
  const values = order.plan.credentials.map((credential, index) => ({
    name: credential.secret.text,
    value: order.secrets[index] ?? "",
  }));
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
