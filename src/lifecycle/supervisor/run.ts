/** One supervisor's whole run: takes the order, lives the bottle's life, writes the record, tells the clients. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type {
  BottleStatus,
  LaunchOrder,
  PrepareOrder,
  SupervisorMessage,
  WireError,
} from "../control.ts";
import { deferred } from "../deferred.ts";
import { claimRunDirectory } from "../run-directory.ts";
import { Undo } from "../undo.ts";
import { wireError } from "../wire-error.ts";
import { Clients } from "./clients.ts";
import type { RecordHandle, SupervisorParts } from "./deps.ts";
import { Inbox } from "./inbox.ts";
import { liveBottle } from "./life.ts";
import type { Life } from "./life.ts";
import { stopGrace } from "./make.ts";
import type { MadeBottle } from "./make.ts";
import { Orders } from "./orders.ts";
import { pauseAt } from "./pause.ts";
import { prepareBottle } from "./prepared.ts";
import { Relay } from "./relay.ts";
import { stateWriter } from "./state-writer.ts";
import type { StateWriter } from "./state-writer.ts";
import { startTiming } from "./timing.ts";
import type { Timing } from "./timing.ts";

/**
 * Serves the client on `first` from its order to the bottle's end; `end` asks for that end. Resolves when nothing is left.
 */
export async function supervise(
  first: Duplex,
  partsFor: (
    order: Pick<LaunchOrder, "plan" | "paths" | "backendEnv" | "image">,
  ) => Promise<SupervisorParts>,
  end: AbortSignal,
): Promise<void> {
  const desk: Desk = { status: () => status("starting"), hasten: () => undefined };
  const inbox = new Inbox(() => desk.status());
  end.addEventListener("abort", () => inbox.message({ type: "stop" }, () => undefined));
  const orders = new Orders();
  const clients: Clients = new Clients({
    onMessage: (message, reply) => {
      desk.hasten();
      if (message.type === "prepare") orders.give(message, reply);
      else inbox.message(message, reply);
    },
    onLaunch: (launch, reply) => orders.give(launch, reply),
    onStdin: (data, taken) => {
      desk.hasten();
      inbox.stdin(data, taken);
    },
    onGone: () => orders.gone(),
  });
  const ordered = orders.first();
  clients.add(first);
  const order = await ordered;
  if (order !== undefined) {
    try {
      await superviseBottle(order, await partsFor(order), { clients, inbox, orders, desk });
    } catch (error) {
      clients.broadcast({ type: "failed", error: wireError(error) });
    }
  }
  // Whoever asked for the end does not wait for a client that reads nothing, such as a suspended one.
  await clients.close(inbox.stopAsked ? stopGrace : undefined);
}

/** Where the status is asked for, and where it shows that the owner is here. */
interface Desk {
  status: () => BottleStatus;
  hasten: () => void;
}

interface Counter {
  readonly clients: Clients;
  readonly inbox: Inbox;
  readonly orders: Orders;
  readonly desk: Desk;
}

function status(state: BottleStatus["state"]): BottleStatus {
  return {
    state,
    requests: 0,
    refusals: 0,
    tokens: null,
    attached: 0,
    typing: false,
    cutOff: false,
  };
}

async function superviseBottle(
  first: LaunchOrder | PrepareOrder,
  parts: SupervisorParts,
  { clients, inbox, orders, desk }: Counter,
): Promise<void> {
  const troubles: string[] = [];
  const trouble = (what: string, cause: unknown): void =>
    void troubles.push(`${what}: ${String(cause)}`);
  const undo = new Undo(trouble, (what) => pauseAt(order, `undo ${what}`));
  const receipt: Life["receipt"] = {};
  let order: LaunchOrder = { ...first, type: "launch" };
  let timing = timingOf(order, parts);
  let record: RecordHandle | undefined;
  let outcome: SupervisorMessage | undefined;
  let state: BottleStatus["state"] = "starting";
  desk.status = () => {
    const { requests = 0, refusals = 0, tokens = null, engine } = receipt.gateway?.stats() ?? {};
    const { attached, typing } = clients;
    const cutOff = receipt.hosted?.cutOff ?? false;
    const counts = { requests, refusals, tokens, attached, typing, cutOff };
    return { state, ...counts, ...(engine !== undefined && { engine }) };
  };
  try {
    const { place } = parts;
    if (place !== undefined) {
      undo.add("place", () => place[Symbol.asyncDispose]());
      desk.hasten = () => place.hasten();
    }
    const run = join(order.paths.runHome, order.plan.id);
    await pauseAt(order, "ordered");
    await claimRunDirectory(run);
    // Not before it is surely ours: a folder that was refused is not ours to clear.
    undo.add("run directory", () => rm(run, { recursive: true, force: true }));
    await pauseAt(order, "held");
    record = await parts.openRecord(order);
    await pauseAt(order, "record");
    // Before anything else is in the record, and not synced yet: one that says nothing of itself was never used.
    await stateWriter(order, parts, record)("starting", {}, false);
    let prepared: MadeBottle | undefined;
    if (first.type === "prepare") {
      const write = stateWriter(order, parts, record);
      const claimed = await prepareBottle({
        order,
        parts,
        timing,
        undo,
        clients,
        record,
        orders,
        trouble,
        fingerprint: first.fingerprint,
        end: inbox.stopping,
        waits: async () => {
          state = "prepared";
          await write("prepared");
        },
      });
      if (claimed === undefined) throw new Unclaimed();
      ({ order, made: prepared } = claimed);
      timing = timingOf(order, parts);
      state = "starting";
    }
    const write = stateWriter(order, parts, record);
    let last: readonly [state: string, more?: object] = ["starting"];
    const note: StateWriter = (name, more) => {
      if (name === "running") state = name;
      last = [name, more ?? {}];
      return write(name, more);
    };
    parts.place?.onCut((since) => {
      const [name, more] = last;
      void write(name, { ...more, cutSince: since }).catch((cause: unknown) =>
        trouble("cut", cause),
      );
      clients.broadcast({ type: "cut", since });
    });
    // Written beside the launch (each write is synced, 5 ms), and awaited before the agent starts.
    const written = Promise.all([record.write("plan", order.plan), note("starting")]);
    written.catch(() => undefined);
    const relay = openRelay(order, parts, clients, () => state);
    clients.present(relay);
    const unwritable = deferred<never>();
    void parts.place?.givenUp.then((error) => unwritable.reject(error));
    const life: Life = {
      ...{ order, parts, clients, relay, inbox, record, unwritable, timing, undo, trouble },
      ...{ receipt, note, written },
    };
    outcome = { type: "exited", ...(await liveBottle(life, prepared)) };
  } catch (error) {
    // Whoever asked for the end before the agent ran gets it, and no error that it caused on the way.
    if (!(error instanceof Unclaimed))
      outcome = inbox.stopAsked
        ? { type: "exited", code: null, signal: "SIGTERM" }
        : { type: "failed", error: wireError(error) };
  }
  state = "ending";
  await undo[Symbol.asyncDispose]();
  if (record === undefined) {
    if (outcome !== undefined) clients.broadcast(outcome);
    return;
  }
  let unwritten: WireError | undefined;
  if (outcome === undefined) {
    // Nothing ever ran in it: there is nothing to keep.
    await parts.discardRecord(order, record);
    outcome = { type: "exited", code: null, signal: null };
  } else {
    const ending = { timing, receipt, outcome, troubles };
    unwritten = await closeRecord(order, parts, record, ending);
  }
  await pauseAt(order, "closed");
  clients.broadcast(outcome);
  clients.broadcast({ type: "done", record: record.dir, unwritten });
}

/** Control flow, and no failure: a prepared bottle that nobody wanted. */
class Unclaimed extends Error {}

function timingOf(order: LaunchOrder, parts: SupervisorParts): Timing {
  const timing = startTiming(order.startedAt, order.phases, () => parts.now());
  timing.mark("supervisor");
  return timing;
}

function openRelay(
  order: LaunchOrder,
  parts: SupervisorParts,
  clients: Clients,
  state: () => BottleStatus["state"],
): Relay {
  const filters = { stdout: parts.createFilter(), stderr: parts.createFilter() };
  return new Relay({
    clients,
    state,
    screen: order.terminal === null ? undefined : parts.openScreen(order.terminal),
    filter: (kind, data) => filters[kind](data),
  });
}

interface Ending {
  readonly timing: Timing;
  readonly receipt: Life["receipt"];
  readonly outcome: SupervisorMessage;
  readonly troubles: readonly string[];
}

/** The last words of a record. A full disk must not hide how the agent ended, nor that nobody wrote it down. */
async function closeRecord(
  order: LaunchOrder,
  parts: SupervisorParts,
  record: RecordHandle,
  { timing, receipt, outcome, troubles }: Ending,
): Promise<WireError | undefined> {
  await pauseAt(order, "closing");
  const phases = timing.phases();
  const ending =
    outcome.type === "exited"
      ? { code: outcome.code, signal: outcome.signal }
      : { error: outcome.type === "failed" ? outcome.error : undefined };
  const state = stateWriter(order, parts, record);
  let unwritten: WireError | undefined;
  for (const write of [
    () => record.write("timing", { startedAt: order.startedAt, phases }),
    () => pauseAt(order, "receipt"),
    () => record.write("receipt", { run: record.run, phases, ...receipt.gateway?.stats() }),
    () => state(outcome.type, { ...ending, endedAt: Date.now(), troubles }),
  ])
    await write().catch((error: unknown) => (unwritten ??= wireError(error)));
  return unwritten;
}
