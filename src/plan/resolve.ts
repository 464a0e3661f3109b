/** Manifest + facts + request = plan. Pure: reads nothing, asks nobody, holds no secret. */
import { BottleError } from "../errors/error.ts";
import type {
  ImageSpec,
  LinkName,
  Manifest,
  MountSpec,
  Resources,
  RungName,
} from "../manifest/manifest.ts";
import { privateSource } from "../manifest/private-source.ts";
import { quote } from "../manifest/quote.ts";
import { tokenShape } from "../manifest/token-shapes.ts";
import { chooseAgent } from "./choose-agent.ts";
import type { HostFacts, PlanRequest, RungFact } from "./facts.ts";
import { grantsOf } from "./grants.ts";
import { refuseEngine } from "./engine.ts";
import { chooseRung } from "./ladder.ts";
import { parseLink } from "./link.ts";
import { placeHints, placeOf, refuseMounted, rungAt } from "./place.ts";
import type { LimitPlan, Plan } from "./plan.ts";

export function resolvePlan(manifest: Manifest, facts: HostFacts, request: PlanRequest): Plan {
  const { agent, bottle } = chooseAgent(manifest, request.agent);
  const prompt = request.prompt === undefined ? (agent.prompt ?? null) : request.prompt;
  if (request.headless && (prompt === null || prompt.trim() === "") && request.args.length === 0)
    throw noPrompt(agent.name);
  refuseTokens([prompt ?? "", ...request.args]);
  refusePrivateWorkspace(facts);
  refusePrivateMounts(bottle.mounts, facts.home);
  const place = placeOf(bottle, request);
  refuseMounted(bottle, place);
  const rung = chooseRung(
    {
      ...{ rung: rungAt(place, bottle.rung), minimum: bottle.minimumRung, asked: request.rung },
      ...{ resumes: request.resumes ?? false, image: bottle.image.kind !== "default" },
    },
    facts,
  );
  const fact = factOf(facts, rung.chosen);
  if (fact?.carried === true) refuseMounted(bottle, "the daemon's machine");
  refuseImage(bottle.image, rung.chosen, facts.rungs);
  const link = fact?.link ?? "socket";
  refuseEngine(bottle, link);
  return {
    version: 1,
    id: request.newId(agent.name),
    manifest: agent.project === undefined ? manifest.file : (manifest.project ?? manifest.file),
    agent: {
      name: agent.name,
      ...(agent.project !== undefined && { project: agent.project }),
      provider: agent.provider,
      prompt,
      skills: agent.skills,
      bring: agent.bring,
    },
    headless: request.headless,
    bottle: bottle.name,
    place,
    ...(facts.place !== undefined && { remote: { ...facts.place, ttl: bottle.ttl } }),
    image: bottle.image,
    rung,
    link,
    ...(fact?.linkReason !== undefined && { linkReason: fact.linkReason }),
    ...(fact?.ownUsers === true && { ownUsers: true }),
    workspace: { ...bottle.workspace, source: facts.workspace.source, git: facts.workspace.git },
    ...grantsOf(bottle, agent.env),
    limits: limitsOf(bottle.resources, fact?.limits ?? []),
    hints: [...manifest.hints, ...placeHints(facts.place)],
    agentArgs: request.args,
  };
}

function factOf({ rungs }: HostFacts, chosen: RungName): RungFact | undefined {
  return rungs.find(({ rung }) => rung === chosen);
}

/** What a start is for, as far as it can be told without looking at the host; facts are gathered for it. */
export interface WantedIsolation {
  /** A rung's name, `auto`, or what is refused later. */
  readonly rung: string;
  readonly minimum: RungName;
  readonly link: LinkName | undefined;
  readonly place: string;
}

export function wantedIsolation(
  manifest: Manifest,
  request: Pick<PlanRequest, "agent" | "rung" | "link" | "place">,
): WantedIsolation {
  const { bottle } = chooseAgent(manifest, request.agent);
  const link = request.link === undefined ? bottle.link : parseLink(request.link);
  const place = placeOf(bottle, request);
  const rung = request.rung ?? rungAt(place, bottle.rung);
  return { rung, minimum: bottle.minimumRung, link, place };
}

function noPrompt(agent: string): BottleError {
  return new BottleError({
    code: "E_PLAN_PROMPT",
    what: `The headless agent ${agent} has no prompt.`,
    next: "Give it one with --prompt TEXT, or in the manifest.",
  });
}

/** What the agent is told it can send away, and it stays in the record. */
function refuseTokens(texts: readonly string[]): void {
  const shape = texts.map(tokenShape).find((found) => found !== undefined);
  if (shape === undefined) return;
  throw new BottleError({
    code: "E_PLAN_SECRET",
    what: `The prompt or an argument holds what looks like ${shape.name}; it is not shown.`,
    why: "The agent would see it.",
    next: `Let the gateway hold it: ${shape.instead}.`,
  });
}

/** A copy of the home, or of a folder around it, would put keys and tokens into the bottle. */
function refusePrivateWorkspace({ workspace: { source }, home }: HostFacts): void {
  const around = source === "/" ? "/" : `${source}/`;
  if (!`${home}/`.startsWith(around)) return;
  throw new BottleError({
    code: "E_PLAN_WORKSPACE",
    what:
      source === home
        ? "The workspace is your home folder."
        : "The workspace contains your home folder.",
    why: "All of it would be copied into the bottle, with every key and token in it.",
    next: "Start in a project's folder, or name one with --workspace DIR.",
  });
}

/** A bottle that should be made of something else must not quietly be made of this machine's own system. */
function refuseImage(image: ImageSpec, rung: RungName, rungs: HostFacts["rungs"]): void {
  if (image.kind === "default" || rungs.find((fact) => fact.rung === rung)?.images === true) return;
  throw new BottleError({
    code: "E_PLAN_IMAGE",
    what: `The rung ${rung} has no images, and the bottle asks for ${quote(image.kind === "build" ? image.file : image.name)}.`,
    why: "Its system is this machine's own, read-only.",
    next: "Remove image, or choose a rung that has images.",
  });
}

/** The manifest was checked against the home as it is called; here against where it really is. */
function refusePrivateMounts(mounts: readonly MountSpec[], home: string): void {
  for (const { source } of mounts) {
    const why = privateSource(source, home);
    if (why === undefined) continue;
    throw new BottleError({
      code: "E_PLAN_MOUNT",
      what: `The mount ${quote(source)} ${why}.`,
      next: "Name a folder that holds nothing but what the agent shall read.",
    });
  }
}

/** A limit nobody spoke of is not enforced: the plan never promises what no backend said. */
function limitsOf(resources: Resources, known: readonly LimitPlan[]): readonly LimitPlan[] {
  return (["cpus", "memory", "pids", "disk"] as const).map((name) => {
    const fact = known.find((limit) => limit.name === name);
    return {
      name,
      value: resources[name],
      enforced: fact?.enforced ?? false,
      how: fact?.how ?? "this rung has no such limit",
    };
  });
}
