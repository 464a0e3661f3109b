/** Turns what one run of the demo brought in into checks. */
import type { Process } from "../host/process.ts";
import type { ProbeVerdict } from "../lifecycle/control.ts";
import { plainText } from "./check.ts";
import type { ShownCheck } from "./check.ts";
import { toolResults } from "./model/request.ts";
import { leftOf } from "./outside.ts";
import { hello } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** What one run brought in, whole or cut short. */
export interface Run {
  readonly rung: string;
  readonly probes: readonly ProbeVerdict[];
  readonly output: string;
  /** Its folder, where it came to have one. */
  readonly record: string | undefined;
  readonly failure: string | undefined;
}

/** Of what was not tried. */
export const notReached = {
  ok: false,
  detail: "not tried: the agent did not get that far",
  reached: false,
} as const;

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
export function stepChecks(stage: Stage): ShownCheck[] {
  const results = stage.world.modelRequests.reduce<readonly string[]>((longest, request) => {
    const found = toolResults(request.body);
    return found.length > longest.length ? found : longest;
  }, []);
  return stage.steps.map((step, index): ShownCheck => {
    const { name, part, tried } = step;
    const output = results[index];
    return { name, part, tried, ...(output === undefined ? notReached : step.judge(output)) };
  });
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

/** After the end none of the processes that were seen while the agent lived is there; to have seen none proves nothing. */
export function leftoverCheck(seen: readonly Process[]): ShownCheck {
  const left = leftOf(seen).length;
  return {
    name: "nothing-left",
    part: "agent",
    tried: "end, and leave no process behind",
    ok: seen.length > 0 && left === 0,
    detail:
      seen.length === 0
        ? "it never ran"
        : left === 0
          ? `all ${seen.length} are gone`
          : `${left} of ${seen.length} processes still live`,
  };
}
