/** Turns what one run of the demo brought in into checks. */
import type { ProbeVerdict } from "../lifecycle/control.ts";
import { plainText } from "./check.ts";
import type { ShownCheck } from "./check.ts";
import { toolResults } from "./model/request.ts";
import { processTree } from "./outside.ts";
import type { BottleTrace } from "./outside.ts";
import { hello } from "./scenario.ts";
import type { Verdict } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** What one run brought in, whole or cut short. */
export interface Run {
  readonly rung: string;
  readonly probes: readonly ProbeVerdict[];
  readonly output: string;
  readonly search: Verdict | undefined;
  readonly trace: BottleTrace | undefined;
  readonly failure: string | undefined;
}

/** Whether the agent works at all: a boundary that refuses everything proves nothing. */
export function workChecks(stage: Stage, run: Run): ShownCheck[] {
  const { modelRequests, token } = stage.world;
  const asked = modelRequests.filter((request) => request.method === "POST");
  const real = asked.filter((request) => request.headers.authorization === `Bearer ${token}`);
  const saidHello = run.output.includes(`"result":"${hello}"`);
  const failed = run.failure === undefined ? "" : plainText(run.failure);
  return [
    {
      name: "hello",
      part: "agent",
      tried: "run the real Claude Code, and say hello",
      ok: saidHello && run.failure === undefined,
      detail: failed !== "" ? failed : saidHello ? `"${hello}"` : "it never said hello",
    },
    {
      name: "injection",
      part: "agent",
      tried: "reach the model with a placeholder in the token's place",
      ok: asked.length > 0 && real.length === asked.length,
      detail: `${real.length} of ${asked.length} requests arrived with the real token`,
    },
  ];
}

/** The verdict of every step of the scenario, from what came back to the model. */
export function stepChecks(stage: Stage, run: Run): ShownCheck[] {
  const results = stage.world.modelRequests.reduce<readonly string[]>((longest, request) => {
    const found = toolResults(request.body);
    return found.length > longest.length ? found : longest;
  }, []);
  const stopped = {
    ok: false,
    detail: "not tried: the agent did not get that far",
    reached: false,
  } as const;
  const checks = stage.steps.map((step, index): ShownCheck => {
    const { name, part, tried } = step;
    const output = results[index];
    return { name, part, tried, ...(output === undefined ? stopped : step.judge(output)) };
  });
  const search = run.search ?? stopped;
  const tried = "(searched from outside) hold the token in memory or a file";
  return [...checks, { name: "secret-search", part: "attack", tried, ...search }];
}

/** The proof's probes as checks; a probe may be named as a step is. */
export function probeChecks(run: Run): ShownCheck[] {
  return run.probes.map((probe) => ({
    name: `probe:${probe.name}`,
    part: "proof",
    tried: probe.boundary,
    ok: probe.ok,
    detail: plainText(probe.ok ? probe.observed : `${probe.observed}, expected ${probe.expected}`),
  }));
}

/** After the end no process of the bottle lives. */
export async function leftoverCheck(run: Run): Promise<ShownCheck> {
  const left = run.trace === undefined ? [] : await processTree(run.trace.pid);
  return {
    name: "nothing-left",
    part: "agent",
    tried: "end, and leave no process behind",
    ok: left.length === 0 && run.trace !== undefined,
    detail:
      run.trace === undefined
        ? "it never ran"
        : left.length === 0
          ? "nothing is left"
          : `${left.length} processes`,
  };
}
