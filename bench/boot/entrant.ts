/** One kind of bottle beside what it is measured against, and what was seen of both so far. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findEndpoint } from "../../src/backends/docker/engine/endpoint.ts";
import type { Host } from "../../src/compose/paths.ts";
import { startScriptedModel } from "../../src/demo/model/server.ts";
import type { ScriptedModel } from "../../src/demo/model/server.ts";
import { clock } from "../clock.ts";
import { sharedMemory } from "../memory.ts";
import { spread } from "../stats.ts";
import type { BareRun } from "./bare.ts";
import { countEngineCalls } from "./engine-calls.ts";
import { untilFirstRequest } from "./first-request.ts";
import { livingBottle, prepareStart, runInBottle } from "./in-bottle.ts";
import type { BottleRun, PreparedStart } from "./in-bottle.ts";
import { referencesFor } from "./reference.ts";
import type { References } from "./reference.ts";
import type { RungReport, TimedCall } from "./report.ts";
import type { Subject } from "./subject.ts";

export interface Entrant extends AsyncDisposable {
  readonly subject: Subject;
  readonly references: References;
  readonly start: PreparedStart;
  /** Milliseconds to the first model request. */
  bare(): Promise<number>;
  /** The same by the fastest way; undefined where there is no other. */
  fastest(): Promise<number | undefined>;
  inBottle(): Promise<BottleRun>;
  /** Of all runs since `forget`. */
  memory(): RungReport["memory"];
  forget(): void;
  /** One run by a counted way to the Engine; null where there is none. */
  engineCalls(): Promise<readonly TimedCall[] | null>;
}

export interface EntrantOptions {
  readonly subject: Subject;
  /** There, and this entrant's alone. */
  readonly folder: string;
  readonly agent: Pick<BareRun, "provider" | "installed" | "token" | "prompt">;
}

export async function openEntrant(
  host: Host,
  { subject, folder, agent }: EntrantOptions,
): Promise<Entrant> {
  const memory = { supervisor: [] as number[], whole: [] as number[], bare: [] as number[] };
  const references = await referencesFor(host, subject);
  const { usual, fastest } = references;
  const own: { start?: PreparedStart } = {};
  const look = async (): Promise<void> => {
    const living = own.start === undefined ? undefined : await livingBottle(host, own.start);
    if (living === undefined) {
      const roots = await usual.roots();
      if (roots.length > 0) memory.bare.push(await sharedMemory(roots));
      return;
    }
    memory.supervisor.push(living.supervisor);
    memory.whole.push(await sharedMemory(living.roots));
  };
  const model = await startScriptedModel({
    turns: [{ kind: "text", text: "Hello." }],
    token: agent.token,
    address: references.address,
    now: clock,
    beforeTurn: look,
  });
  const homes = join(folder, "bare");
  await mkdir(homes);
  const bare: BareRun = { ...agent, modelUrl: model.url, folder: homes, uid: host.uid };
  const start = await prepareStart(host, { subject, folder, modelUrl: model.url, ...agent });
  own.start = start;
  return {
    subject,
    references,
    start,
    bare: () => untilFirstRequest(model, () => usual.run(bare)),
    fastest: async () =>
      fastest === undefined ? undefined : untilFirstRequest(model, () => fastest.run(bare)),
    inBottle: () => runInBottle(model, start),
    memory: () => ({
      supervisor: spread(memory.supervisor),
      whole: spread(memory.whole),
      bare: spread(memory.bare),
    }),
    forget() {
      for (const values of Object.values(memory)) values.length = 0;
    },
    engineCalls: () => countCalls(host, model, start),
    [Symbol.asyncDispose]: () => model.close(),
  };
}

/** The first run by the new way tells the Engine's patience nothing new; it is the second that counts. */
async function countCalls(
  host: Host,
  model: ScriptedModel,
  start: PreparedStart,
): Promise<readonly TimedCall[] | null> {
  if (start.subject.rung === "namespace") return null;
  const endpoint = findEndpoint(host.env);
  if (!("socket" in endpoint)) return null;
  const way = join(start.workspace, "..", "engine.sock");
  await using counter = await countEngineCalls(endpoint.socket, way);
  const counted = { ...start, env: { ...start.env, DOCKER_HOST: `unix://${way}` } };
  await runInBottle(model, counted);
  counter.calls.length = 0;
  const begun = clock();
  const run = await runInBottle(model, counted);
  const agent = run.phases["agent"] ?? Number.NaN;
  return counter.calls.map(({ what, asked, answered }) => ({
    what,
    at: tenths(asked - begun),
    ms: answered === undefined ? null : tenths(answered - asked),
    start: asked - begun < agent,
  }));
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
