/** The proof: probes inside, canaries outside, the search for secrets, one verdict. A failed one stops the launch. */
import { BottleError } from "../../errors/error.ts";
import type { ProbeResult } from "../../helper/protocol.ts";
import type { RunningBottle } from "../backend.ts";
import type { LaunchOrder, ProbeVerdict } from "../control.ts";
import type { CanariesHandle, SearchPlaces, SupervisorParts } from "./deps.ts";
import type { HelperChannel } from "./helper-channel.ts";

/** Milliseconds; the probes take some 20, a machine under load may need more. */
const probeTimeout = 20_000;

export interface Proof {
  readonly ok: boolean;
  /** Milliseconds from the request to the verdict. */
  readonly ms: number;
  readonly probes: readonly ProbeVerdict[];
}

/** Runs all probes and judges them; never throws for a failed probe. */
export async function proveBoundary(
  parts: SupervisorParts,
  order: LaunchOrder,
  bottle: RunningBottle,
  helper: HelperChannel,
  canaries: CanariesHandle,
  places: Omit<SearchPlaces, "pids">,
  before: readonly ProbeResult[],
): Promise<Proof> {
  const begun = parts.now();
  const known = before.filter(({ name }) => parts.lasting.has(name));
  helper.send({
    type: "probe",
    targets: canaries.targets(bottle.network),
    known: known.map(({ name }) => name),
  });
  const [answer, found] = await Promise.all([
    helper.next("proof", probeTimeout),
    searchOutside(parts, order, bottle, places),
  ]);
  const verdict = await canaries.judge([...answer.results, ...known], bottle.hostKernel);
  const probes = [...verdict.probes, found];
  return { ok: verdict.ok && found.ok, ms: Math.round(parts.now() - begun), probes };
}

/**
 * The probes of a bottle that has no gateway yet: all boundaries but the gateway's own. When it is claimed all are made again but
 * the lasting ones: they attack namespaces, capabilities and the filter, which no process gets rid of (seccomp(2)).
 */
export async function proveIsolation(
  parts: SupervisorParts,
  bottle: RunningBottle,
  helper: HelperChannel,
  canaries: CanariesHandle,
): Promise<Proof & { readonly results: readonly ProbeResult[] }> {
  const begun = parts.now();
  helper.send({ type: "probe", targets: canaries.targets(bottle.network), known: [] });
  const answer = await helper.next("proof", probeTimeout);
  const verdict = await canaries.judge(answer.results, bottle.hostKernel);
  const probes = verdict.probes.filter(({ boundary }) => !boundary.startsWith("gateway-"));
  const { results } = answer;
  return {
    ok: probes.every(({ ok }) => ok),
    ms: Math.round(parts.now() - begun),
    probes,
    results,
  };
}

/** The secret is looked for where the agent could read it, by the host and not by the bottle. */
async function searchOutside(
  parts: SupervisorParts,
  order: LaunchOrder,
  bottle: RunningBottle,
  places: Omit<SearchPlaces, "pids">,
): Promise<ProbeVerdict> {
  const [pids, told = []] = await Promise.all([bottle.processes(), bottle.told?.()]);
  const texts = [...places.texts, ...told];
  const hits = await parts.searchSecrets(order, { ...places, texts, pids });
  const observed =
    hits.length === 0 ? "not found" : hits.map((hit) => `${hit.name} in ${hit.where}`).join(", ");
  return {
    name: "secret-outside-search",
    boundary: "secret",
    ok: hits.length === 0,
    observed,
    expected: "not found",
  };
}

/** The error of a launch that the proof stopped. */
export function proofError(proof: Proof): BottleError {
  const failed = proof.probes.filter((probe) => !probe.ok);
  return new BottleError({
    code: "E_PROOF_FAILED",
    what: `The boundary is not closed: ${failed.map((probe) => probe.name).join(", ")}. The agent was not started.`,
    why: failed
      .slice(0, 5)
      .map(
        (probe) =>
          `${probe.name} (${probe.boundary}): expected ${probe.expected}, observed ${probe.observed}`,
      )
      .join("; "),
    next: "Run `bottle doctor`, and report this if the machine is set up as it says.",
  });
}
