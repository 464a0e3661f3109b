/** What a place elsewhere can do, and what stands in the way: the connection first, then its daemon, then its rungs. */
import type { Check } from "../../lifecycle/backend.ts";
import { BottleError } from "../../errors/error.ts";
import { placeFormat } from "../../manifest/formats/place.ts";
import type { RungName } from "../../manifest/manifest.ts";
import { defaultResources } from "../../manifest/schema-resources.ts";
import type { PlaceConnection } from "../../places/ssh/connection.ts";
import { placeHints } from "../../plan/place.ts";
import { passingPatience } from "../facts.ts";
import { runHome } from "../paths.ts";
import type { Host } from "../paths.ts";
import { openPlace } from "../place.ts";
import { backendFor, builtRungs, linksOf } from "../registry.ts";
import type { CheckGroup, Diagnosis } from "./diagnose.ts";
import type { RungDiagnosis } from "./rungs.ts";

const group = "place";

/** Elsewhere the weakest is runc. */
const least: RungName = "runc";

/** `place`: `ssh://…`; throws E_USAGE for what is none. */
export async function diagnosePlace(host: Host, place: string): Promise<Diagnosis> {
  const parsed = placeFormat.parse(place);
  if (!parsed.ok || parsed.value === "local")
    throw new BottleError({
      code: "E_USAGE",
      what: parsed.ok ? "The place local is this machine." : parsed.problem.what,
      next: parsed.ok ? "Run `bottle doctor` alone." : "Write ssh://user@host.",
    });
  const opened = await openPlace({ env: host.env, runHome: runHome(host), place, ttlMs: 0 }).catch(
    (error: unknown) => error,
  );
  if (!isConnection(opened)) {
    if (!(opened instanceof BottleError)) throw opened;
    return diagnosis(place, [], [{ name: group, checks: [refused(opened)] }]);
  }
  await using connection = opened;
  const examined = await Promise.all(
    builtRungs
      .filter((rung) => linksOf(rung, place).length > 0)
      .map((rung) => examineRung(host, place, connection, rung)),
  );
  const groups = examined.map(({ rung, checks }) => ({ name: `rung ${rung}`, checks }));
  return {
    ...diagnosis(
      place,
      examined.map(({ rung, found }) => diagnose(rung, found)),
      [{ name: group, checks: placeChecks(connection) }, ...groups],
    ),
    limits: examined.find(({ rung }) => rung === least)?.limits ?? [],
  };
}

async function examineRung(
  host: Host,
  place: string,
  { socket }: PlaceConnection,
  rung: RungName,
): Promise<{
  readonly rung: RungName;
  readonly found: readonly Check[];
  /** The same, and what keeps a stronger rung keeps no bottle of the least one. */
  readonly checks: readonly Check[];
  readonly limits: Diagnosis["limits"];
}> {
  const backend = await backendFor({ rung, link: "network", place }, { ...host, socket });
  const found = (await backend?.examine(AbortSignal.timeout(passingPatience * 2))) ?? [];
  const limits = (await backend?.limits(defaultResources)) ?? [];
  const checks = found.map((check) =>
    check.state === "bad" && rung !== least ? ({ ...check, state: "open" } as const) : check,
  );
  return { rung, found, checks, limits };
}

function isConnection(opened: unknown): opened is PlaceConnection {
  return typeof opened === "object" && opened !== null && "socket" in opened;
}

function refused({ code, message, why, next }: BottleError): Check {
  const detail = `${message}${why === undefined ? "" : ` ${why}`} (${code})`;
  return { name: "ssh", state: "bad", detail, ...(next !== undefined && { remedy: next }) };
}

function placeChecks({ facts, kind }: PlaceConnection): readonly Check[] {
  const { user, system, machine, remoteSocket } = facts;
  const hints = placeHints(facts);
  return [
    { name: "ssh", state: "good", detail: `one connection, as ${user}: ${system} ${machine}` },
    kind === "forwarded"
      ? { name: "socket", state: "good", detail: `${remoteSocket}, forwarded` }
      : {
          name: "socket",
          state: "open",
          detail: `${remoteSocket}, through the docker command there: its sshd forwards no sockets, and few bottles at once can be had`,
          remedy: "Set `AllowStreamLocalForwarding yes` in its sshd_config.",
        },
    hints.length === 0
      ? { name: "clock", state: "good", detail: "as this machine's" }
      : {
          name: "clock",
          state: "open",
          detail: hints.join(" "),
          remedy: "Look there: timedatectl",
        },
  ];
}

/** By what was found before it was called milder: what is open keeps no bottle. */
function diagnose(rung: RungName, checks: readonly Check[]): RungDiagnosis {
  const bad = checks.find(({ state }) => state === "bad");
  const [first] = checks;
  return bad === undefined
    ? { rung, built: true, available: true, detail: first?.detail ?? "ready", remedy: undefined }
    : {
        rung,
        built: true,
        available: false,
        detail: bad.detail,
        remedy: bad.remedy,
      };
}

function diagnosis(
  place: string,
  rungs: readonly RungDiagnosis[],
  groups: readonly CheckGroup[],
): Diagnosis {
  const ready = rungs.filter(({ available }) => available).map(({ rung }) => rung);
  const ok = ready.includes(least);
  const bad = groups.flatMap(({ checks }) => checks).find(({ state }) => state === "bad");
  return {
    version: 1,
    ok,
    rungs,
    places: [
      {
        place,
        built: true,
        available: ok,
        detail: ok ? ready.join(", ") : (bad?.detail ?? "no rung is ready there"),
        remedy: ok ? undefined : bad?.remedy,
      },
    ],
    limits: [],
    groups,
  };
}
