/**
 * The SDK: the whole public surface, nothing more.
 *
 * ```ts
 * await using bottle = await startBottle({ manifest: "bottles.yaml", agent: "implementer", prompt: "Say hello" });
 * const { code } = await bottle.ended;
 * const stopped = await bottle.stop();
 * const again = await stopped.resume({ prompt: "And now?" });
 * ```
 */
export { BottleError, BottleErrors } from "./errors/error.ts";
export type { BottleErrorDetail, Place } from "./errors/error.ts";
export type { ErrorCode } from "./errors/catalogue.ts";
export type { Plan } from "./plan/plan.ts";
export type { ProbeVerdict } from "./lifecycle/control.ts";
export type { ExecResult, SessionEnd, SessionProof } from "./lifecycle/session.ts";
export { planBottle, startBottle } from "./compose/sdk/start.ts";
export { attachBottle, listBottles, openStopped } from "./compose/sdk/find.ts";
export type { StartedBottle } from "./compose/sdk/start.ts";
export type { Bottle, StoppedBottle } from "./compose/sdk/bottle.ts";
export type { BottleOptions, HostOptions, RunOptions } from "./compose/sdk/options.ts";
export type { BottleInfo, BottleState } from "./compose/bottles.ts";
export { diagnose } from "./compose/doctor/diagnose.ts";
export type { CheckGroup, Diagnosis } from "./compose/doctor/diagnose.ts";
export type { PlaceDiagnosis, RungDiagnosis } from "./compose/doctor/rungs.ts";
export type { Check } from "./lifecycle/backend.ts";
export { version } from "./version.ts";
