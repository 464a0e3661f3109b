/** A bottle made before anybody asked for it: launched, proven closed, and waiting for whoever claims it. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LaunchOrder } from "../control.ts";
import { agentContext } from "./context.ts";
import type { Clients } from "./clients.ts";
import type { RecordHandle } from "./deps.ts";
import { furnished } from "./furnish.ts";
import { helperTimeout, makeBottle } from "./make.ts";
import type { MadeBottle, Making } from "./make.ts";
import type { Orders } from "./orders.ts";
import { bottlePaths } from "./prepare.ts";
import { proofError, proveIsolation } from "./prove.ts";

/** Milliseconds that a bottle waits for its claim; its processes hold memory. */
const longestWait = 12 * 3_600_000;

/** Where a bottle that waits says what it is, beside its control socket. */
export const preparedFile = "prepared";

export interface Preparing extends Making {
  readonly fingerprint: string;
  readonly clients: Clients;
  readonly record: RecordHandle;
  readonly orders: Orders;
  /** The bottle waits. */
  readonly waits: () => Promise<void>;
}

export interface Claimed {
  readonly order: LaunchOrder;
  readonly made: MadeBottle;
}

/** Undefined if it was not claimed. */
export async function prepareBottle(preparing: Preparing): Promise<Claimed | undefined> {
  const { order, parts, clients, record, orders, fingerprint, end } = preparing;
  const paths = bottlePaths(order.paths.runHome, record.dir, order.plan.id);
  const context = agentContext(order, { context: [] });
  const recipe = furnished(parts.provider.recipe(order.agent, context), order, context);
  const { made: making } = await makeBottle(preparing, paths, context, recipe);
  await clients.listen(paths.controlSocket);
  const made = await making;
  await made.helper.next("ready", helperTimeout);
  await made.bottle.limited;
  await using canaries = await parts.openCanaries({
    runDir: paths.run,
    allowedAuthority: null,
    sharedDir: undefined,
    hiddenPaths: { home: order.paths.home, record: record.dir, control: paths.controlSocket },
    workspace: context.workspace,
    mounts: [],
  });
  const proof = await proveIsolation(parts, made.bottle, made.helper, canaries);
  if (!proof.ok) throw proofError(proof);
  // One whose processes died, whatever killed them, is nobody's any more.
  const over = Promise.race([end, made.bottle.exited]);
  const claimed = orders.claim(fingerprint, longestWait, over);
  await writeFile(
    join(paths.run, preparedFile),
    JSON.stringify({ fingerprint, target: context.workspace }),
    { mode: 0o600 },
  );
  await preparing.waits();
  clients.broadcast({ type: "prepared" });
  await canaries[Symbol.asyncDispose]();
  const next = await claimed;
  await rm(join(paths.run, preparedFile), { force: true });
  return next === undefined ? undefined : { order: next, made: { ...made, probed: proof.results } };
}
