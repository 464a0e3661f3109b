/**
 * The SDK: the whole public surface, nothing more.
 *
 * ```ts
 * await using bottle = await startBottle({ manifest: "bottles.yaml", agent: "implementer", prompt: "Say hello" });
 * const { code } = await bottle.ended;
 * ```
 */
export { BottleError, BottleErrors } from "./errors/error.ts";
export type { BottleErrorDetail, Place } from "./errors/error.ts";
export type { ErrorCode } from "./errors/catalogue.ts";
export type { Plan } from "./plan/plan.ts";
export type { ProbeVerdict } from "./lifecycle/control.ts";
export type { ExecResult, SessionEnd, SessionProof } from "./lifecycle/session.ts";
export { planBottle, startBottle } from "./compose/sdk.ts";
export type { Bottle, BottleOptions } from "./compose/sdk.ts";
export { diagnose } from "./compose/doctor/diagnose.ts";
export type { CheckGroup, Diagnosis } from "./compose/doctor/diagnose.ts";
export type { PlaceDiagnosis, RungDiagnosis } from "./compose/doctor/rungs.ts";
export type { Check } from "./lifecycle/backend.ts";
export { version } from "./version.ts";
