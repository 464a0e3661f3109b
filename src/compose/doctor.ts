/** What this host can do: every rung of the ladder, available or not and why. */
import type { RungName } from "../manifest/manifest.ts";
import { rungs } from "../manifest/rungs.ts";
import { defaultResources } from "../manifest/schema-resources.ts";
import type { LimitPlan } from "../plan/plan.ts";
import type { Host } from "./paths.ts";
import { backendFor } from "./registry.ts";

export interface RungDiagnosis {
  readonly rung: RungName;
  readonly available: boolean;
  readonly detail: string;
  readonly remedy: string | undefined;
}

export interface Diagnosis {
  readonly version: 1;
  readonly rungs: readonly RungDiagnosis[];
  /** How limits would hold on the default rung. */
  readonly limits: readonly LimitPlan[];
}

export async function diagnose(host: Host): Promise<Diagnosis> {
  const found = await Promise.all(rungs.map((rung) => diagnoseRung(rung, host)));
  const backend = await backendFor("namespace", host);
  return {
    version: 1,
    rungs: found,
    limits: backend === undefined ? [] : await backend.limits(defaultResources),
  };
}

async function diagnoseRung(rung: RungName, host: Host): Promise<RungDiagnosis> {
  const backend = await backendFor(rung, host);
  if (backend === undefined)
    return { rung, available: false, detail: "not part of this version", remedy: undefined };
  const found = await backend.probe();
  return found.available
    ? { rung, available: true, detail: found.detail, remedy: undefined }
    : { rung, available: false, detail: found.reason, remedy: found.remedy };
}
