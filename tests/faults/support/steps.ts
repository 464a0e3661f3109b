/** The steps of a bottle's life at which its supervisor can be made to wait (src/lifecycle/supervisor/pause.ts), in order. */
export const launchSteps = [
  "ordered",
  "held",
  "record",
  "directories",
  "launched",
  "gateway",
  "workspace",
  "transcript",
  "helper",
  "proof",
  "ready",
] as const;

/** The agent is there. */
export const runSteps = ["agent", "running"] as const;

/** The agent has ended. */
export const endSteps = [
  "exit",
  "stopped",
  "undo transcript",
  "undo bottle",
  "undo canaries",
  "undo gateway",
  "undo run directory",
  "closing",
  "receipt",
  "closed",
] as const;

export type Step =
  | (typeof launchSteps)[number]
  | (typeof runSteps)[number]
  | (typeof endSteps)[number];

export const steps: readonly Step[] = [...launchSteps, ...runSteps, ...endSteps];

/** The bottle's processes live while the supervisor waits there. */
export const livingSteps = ["launched", "helper", "proof", "ready", "agent", "running"] as const;

export function isBefore(step: Step, other: Step): boolean {
  return steps.indexOf(step) < steps.indexOf(other);
}
