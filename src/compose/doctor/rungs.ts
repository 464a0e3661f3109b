/** Every rung of the ladder and every place: available here or not, why, and what to do. */
import type { Check } from "../../lifecycle/backend.ts";
import type { RungName } from "../../manifest/manifest.ts";
import { rungs as ladder, strength } from "../../manifest/rungs.ts";
import type { RungFact } from "../../plan/facts.ts";
import { notBuilt, notHardware } from "../../plan/ladder-reasons.ts";
import { everyRung, passingPatience } from "../facts.ts";
import type { Host } from "../paths.ts";
import { builtRungs, defaultRung, usableBackend } from "../registry.ts";

export interface RungDiagnosis {
  readonly rung: RungName;
  /** This version has it; what it has not is nothing to mend. */
  readonly built: boolean;
  readonly available: boolean;
  readonly detail: string;
  readonly remedy: string | undefined;
}

export interface PlaceDiagnosis {
  readonly place: string;
  readonly built: boolean;
  readonly available: boolean;
  readonly detail: string;
  readonly remedy: string | undefined;
}

/** A rung whose backend was examined is available only if its trial went well, too. */
export async function rungs(
  host: Host,
  examined: { readonly rung: RungName; readonly checks: readonly Check[] },
): Promise<readonly RungDiagnosis[]> {
  const facts = await everyRung(host);
  return ladder.map((rung) => {
    const fact = facts.find((one) => one.rung === rung);
    if (fact === undefined) return laterRung(rung);
    return diagnoseRung(fact, rung === examined.rung ? examined.checks : []);
  });
}

/** What stands in the way of the other rungs; none of it keeps a bottle of the default one. */
export async function otherRungs(
  host: Host,
): Promise<readonly { readonly rung: RungName; readonly checks: readonly Check[] }[]> {
  const others = builtRungs.filter((rung) => rung !== defaultRung);
  return Promise.all(
    others.map(async (rung) => {
      const end = AbortSignal.timeout(passingPatience);
      const backend = await usableBackend(rung, host, end);
      const checks = (await backend?.examine(end)) ?? [];
      return {
        rung,
        checks: checks.map((check) =>
          check.state === "bad" ? ({ ...check, state: "open" } as const) : check,
        ),
      };
    }),
  );
}

/** What is not part of this version, and what of this version is as strong. */
function laterRung(rung: RungName): RungDiagnosis {
  const equal = builtRungs.find((one) => strength[one] === strength[rung]);
  const remedy = equal === undefined ? undefined : `Use ${equal}, which is as strong.`;
  return { rung, built: false, available: false, detail: notBuilt, remedy };
}

function diagnoseRung(
  { rung, availability: found, emulated }: RungFact,
  checks: readonly Check[],
): RungDiagnosis {
  const built = true;
  if (!found.available)
    return { rung, built, available: false, detail: found.reason, remedy: found.remedy };
  const bad = checks.find(({ state }) => state === "bad");
  if (bad !== undefined)
    return { rung, built, available: false, detail: bad.detail, remedy: bad.remedy };
  const soft = notHardware(emulated);
  const passedBy = soft === undefined ? "" : `; ${soft}, and auto passes it by`;
  return { rung, built, available: true, detail: found.detail + passedBy, remedy: undefined };
}

/** This machine is a place as soon as one rung is ready on it. */
export function places(found: readonly RungDiagnosis[]): readonly PlaceDiagnosis[] {
  const ready = found.filter(({ available }) => available).map(({ rung }) => rung);
  const later = { built: false, available: false, detail: notBuilt, remedy: undefined };
  return [
    {
      place: "local",
      built: true,
      available: ready.length > 0,
      detail: ready.length > 0 ? `this machine: ${ready.join(", ")}` : "no rung is ready here",
      remedy: ready.length > 0 ? undefined : "Mend one of the rungs.",
    },
    {
      place: "ssh://",
      built: true,
      available: true,
      detail: "a machine that your ssh reaches and that has Docker: look at it with --place",
      remedy: undefined,
    },
    { place: "fly", ...later, remedy: "Use ssh:// with any machine that has Docker." },
  ];
}
