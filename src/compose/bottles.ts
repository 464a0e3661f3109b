/** The bottles of this user: from their records, and from the supervisors that answer. */
import { join } from "node:path";
import { isAlive } from "../host/process.ts";
import { BottleError } from "../errors/error.ts";
import type { BottleStatus, TokenCounts } from "../lifecycle/control.ts";
import { askStatus } from "../lifecycle/visit.ts";
import { closest } from "../manifest/closest.ts";
import type { PortSpec } from "../manifest/manifest.ts";
import { listRecords, readRecord } from "../record/read.ts";
import type { ReadRecord } from "../record/read.ts";
import { countChanged } from "../workspace/count-changed.ts";
import { neverRan } from "./never-ran.ts";
import { controlSocket, hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";

/** Milliseconds that a living supervisor may take for an answer. */
const patience = 2_000;

/**
 * `lost`: the supervisor died without a last word, and the bottle with it; its work is in the record. `unreadable`: the record
 * says nothing that this version can read.
 */
export type BottleState =
  | "starting"
  | "prepared"
  | "running"
  | "ending"
  | "exited"
  | "failed"
  | "lost"
  | "unreadable";

export interface BottleInfo {
  readonly id: string;
  readonly agent: string;
  readonly bottle: string;
  readonly state: BottleState;
  readonly rung: string;
  readonly place: string;
  /** Of one elsewhere: milliseconds since the epoch at which the connection was cut; null while it stands. */
  readonly cutSince: number | null;
  /** Counts from 1; each resume is one more. */
  readonly run: number;
  /** `gone`: its engine died while it runs, and nothing leaves any more. */
  readonly engine: "gone" | null;
  /** The folder the bottle got a copy of. */
  readonly workspace: string;
  /** While it runs: 127.0.0.1:host of this machine leads to port `inside` of the bottle. */
  readonly ports: readonly PortSpec[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** How the agent ended. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Requests to the gateway in this run, and how many of them it refused. */
  readonly requests: number | null;
  readonly refusals: number | null;
  /** What the models' answers in this run told of. */
  readonly tokens: TokenCounts | null;
  /** Terminals that are attached. */
  readonly attached: number;
  /** Its gateway, beside it, is out of reach of its supervisor, which looks for it. */
  readonly cutOff: boolean;
  /** Files that were written since the copy was made; null where that is not known. */
  readonly changed: number | null;
  /** What is wrong with the record's files. */
  readonly problems: readonly string[];
  /** Code of the error that ended it. */
  readonly error: string | null;
  /** The record's folder. */
  readonly record: string;
  /** The supervisor's. */
  readonly pid: number | null;
}

/** Every bottle that has a record, oldest first. */
export async function listBottles(host: Host): Promise<readonly BottleInfo[]> {
  const records = await listRecords({ stateHome: hostPaths(host).stateHome });
  const bottles = await Promise.all(records.map((record) => bottleInfo(host, record)));
  return bottles.toSorted((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
}

/** The bottle of that id; throws with the nearest id where there is none. */
export async function findBottle(host: Host, id: string): Promise<BottleInfo> {
  const { stateHome } = hostPaths(host);
  try {
    return await bottleInfo(host, await readRecord({ stateHome, id }));
  } catch (error) {
    if (!(error instanceof BottleError) || error.code !== "E_RECORD_MISSING") throw error;
    const ids = (await listRecords({ stateHome })).map((record) => record.id);
    const near = closest(id, ids);
    throw near === undefined
      ? error
      : new BottleError({
          code: "E_RECORD_MISSING",
          what: error.message,
          next: `Did you mean "${near}"?`,
        });
  }
}

async function bottleInfo(host: Host, record: ReadRecord): Promise<BottleInfo> {
  const { plan, receipt } = record.files;
  const state = record.files.state ?? {};
  const status = await liveStatus(host, record.id, state);
  const error = state["error"];
  const [problem] = record.damaged;
  return {
    id: record.id,
    agent: text(state["agent"]) ?? record.id.slice(0, -6),
    bottle: text(state["bottle"]) ?? text(plan?.["bottle"]) ?? "?",
    state:
      record.files.state === undefined && problem !== undefined
        ? "unreadable"
        : (status?.state ?? endState(state)),
    rung: text(state["rung"]) ?? "?",
    place: text(state["place"]) ?? "?",
    engine: status?.engine ?? null,
    cutSince: status === undefined ? null : number(state["cutSince"]),
    run: number(state["run"]) ?? 1,
    workspace: text(state["workspace"]) ?? "?",
    ports: status === undefined ? [] : portsOf(state["ports"]),
    startedAt: number(state["startedAt"]),
    endedAt: number(state["endedAt"]),
    code: number(state["code"]),
    signal: text(state["signal"]),
    requests: status?.requests ?? number(receipt?.["requests"]),
    refusals: status?.refusals ?? number(receipt?.["refusals"]),
    tokens: status === undefined ? tokensIn(receipt?.["tokens"]) : status.tokens,
    attached: status?.attached ?? 0,
    // A supervisor of an older version does not say.
    cutOff: status?.cutOff === true,
    changed: changedFiles(record),
    problems: record.damaged.map(({ message, why }) => `${message} ${why ?? ""}`.trimEnd()),
    error:
      typeof error === "object" && error !== null && "code" in error
        ? text(error.code)
        : (problem?.code ?? null),
    record: record.dir,
    pid: number(state["pid"]),
  };
}

/** What the supervisor itself says, or, while its socket is not there yet, that its process lives. */
async function liveStatus(
  host: Host,
  id: string,
  state: Readonly<Record<string, unknown>>,
): Promise<BottleStatus | undefined> {
  const said = state["state"];
  if (said !== "starting" && said !== "prepared" && said !== "running") return undefined;
  const [pid, ticks] = [number(state["pid"]), number(state["ticks"])];
  if (pid === null || ticks === null) return undefined;
  if (!isAlive({ pid, started: ticks })) return undefined;
  const answer = await askStatus(controlSocket(host, id), patience);
  const silent = { requests: 0, refusals: 0, tokens: null, attached: 0 };
  return answer ?? { state: said, ...silent, typing: false, cutOff: false };
}

function changedFiles(record: ReadRecord): number | null {
  const since = number(record.files.workspace?.["clonedAt"]);
  if (since !== null) return countChanged(join(record.dir, "workspace"), since);
  return neverRan(record) ? 0 : null;
}

/** What a record says of a bottle that does not live. */
function endState(state: Readonly<Record<string, unknown>>): BottleState {
  return state["state"] === "exited" || state["state"] === "failed" ? state["state"] : "lost";
}

function portsOf(value: unknown): readonly PortSpec[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: Partial<Record<keyof PortSpec, unknown>> | null): PortSpec[] => {
    const [host, inside] = [number(one?.host), number(one?.inside)];
    return host === null || inside === null ? [] : [{ host, inside }];
  });
}

/** Null in receipts that do not say. */
function tokensIn(value: unknown): TokenCounts | null {
  if (typeof value !== "object" || value === null) return null;
  const { input, output, cacheRead, cacheWrite } = value as Readonly<Record<string, unknown>>;
  return {
    input: number(input) ?? 0,
    output: number(output) ?? 0,
    cacheRead: number(cacheRead) ?? 0,
    cacheWrite: number(cacheWrite) ?? 0,
  };
}

function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
