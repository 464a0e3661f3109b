/** Every rung of the ladder and every place: available here or not, why, and what to do. */
import type { Backend, Check } from "../../lifecycle/backend.ts";
import type { RungName } from "../../manifest/manifest.ts";
import { rungs as ladder } from "../../manifest/rungs.ts";
import type { Host } from "../paths.ts";
import { usualBackend, builtRungs } from "../registry.ts";

export interface RungDiagnosis {
  readonly rung: RungName;
  readonly available: boolean;
  readonly detail: string;
  readonly remedy: string | undefined;
}

export interface PlaceDiagnosis {
  readonly place: string;
  readonly available: boolean;
  readonly detail: string;
  readonly remedy: string | undefined;
}

/** What a manifest that says nothing gets. */
export const defaultRung: RungName = "namespace";

/** A rung whose backend was examined is available only if its trial went well, too. */
export async function rungs(
  host: Host,
  examined: { readonly rung: RungName; readonly checks: readonly Check[] },
): Promise<readonly RungDiagnosis[]> {
  return Promise.all(
    ladder.map(async (rung) => {
      const backend = await usualBackend(rung, host);
      if (backend === undefined)
        return { rung, available: false, detail: "not part of this version", remedy: undefined };
      return diagnoseRung(rung, backend, rung === examined.rung ? examined.checks : []);
    }),
  );
}

/** What stands in the way of the other rungs; none of it keeps a bottle of the default one. */
export async function otherRungs(
  host: Host,
): Promise<readonly { readonly rung: RungName; readonly checks: readonly Check[] }[]> {
  const others = builtRungs.filter((rung) => rung !== defaultRung);
  return Promise.all(
    others.map(async (rung) => {
      const checks = (await (await usualBackend(rung, host))?.examine()) ?? [];
      return {
        rung,
        checks: checks.map((check) =>
          check.state === "bad" ? ({ ...check, state: "open" } as const) : check,
        ),
      };
    }),
  );
}

async function diagnoseRung(
  rung: RungName,
  backend: Backend,
  checks: readonly Check[],
): Promise<RungDiagnosis> {
  const found = await backend.probe();
  if (!found.available)
    return { rung, available: false, detail: found.reason, remedy: found.remedy };
  const bad = checks.find(({ state }) => state === "bad");
  return bad === undefined
    ? { rung, available: true, detail: found.detail, remedy: undefined }
    : { rung, available: false, detail: bad.detail, remedy: bad.remedy };
}

/** This machine is a place as soon as one rung is ready on it. */
export function places(found: readonly RungDiagnosis[]): readonly PlaceDiagnosis[] {
  const ready = found.filter(({ available }) => available).map(({ rung }) => rung);
  const later = { available: false, detail: "not part of this version", remedy: undefined };
  return [
    {
      place: "local",
      available: ready.length > 0,
      detail: ready.length > 0 ? `this machine: ${ready.join(", ")}` : "no rung is ready here",
      remedy: ready.length > 0 ? undefined : "Mend one of the rungs.",
    },
    { place: "ssh://", ...later },
    { place: "fly", ...later },
  ];
}
