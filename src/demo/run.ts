/** Runs the demo: real Claude Code in a bottle, a scripted model outside, and the attacks failing. */
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";
import type { ProbeVerdict } from "../lifecycle/control.ts";
import type { SessionEnd } from "../lifecycle/session.ts";
import { backendFor, builtRungs, defaultRung, linksOf } from "../compose/registry.ts";
import { startBottle } from "../compose/sdk/start.ts";
import type { Bottle } from "../compose/sdk/bottle.ts";
import type { Host } from "../compose/paths.ts";
import { homeOf } from "../compose/paths.ts";
import type { LinkName } from "../manifest/manifest.ts";
import { placeOf } from "../plan/place.ts";
import { sshVariables } from "../places/ssh/argv.ts";
import { hostAddresses } from "../proof/host-addresses.ts";
import type { ShownCheck } from "./check.ts";
import { readPhases } from "./outside.ts";
import { probeChecks, stepChecks, workChecks } from "./results.ts";
import type { Run } from "./results.ts";
import { openStage } from "./stage.ts";
import type { Stage, StageOptions } from "./stage.ts";
import { watchHere } from "./watch.ts";
import type { Watch } from "./watch.ts";

export interface DemoResult {
  readonly ok: boolean;
  readonly rung: string;
  /** `local`, or `ssh://…` */
  readonly place: string;
  readonly checks: readonly ShownCheck[];
  /** Milliseconds since the start of the command, by phase. */
  readonly timing: Readonly<Record<string, number>>;
}

export interface DemoOptions {
  /** Names, as the command line says them; the rung's own and the default ones where nobody does. */
  readonly rung?: string | undefined;
  readonly link?: string | undefined;
  readonly place?: string | undefined;
  /** Takes short lines for people. */
  readonly progress: (line: string) => void;
}

/** Bytes of the agent's output that are kept for the checks. */
const maxOutput = 4 * 1024 * 1024;

/** Never throws for a check that does not hold. */
export async function runDemo(host: Host, options: DemoOptions): Promise<DemoResult> {
  const place = placeOf({ place: "local" }, options);
  if (place === "local") {
    // With the user's own environment: a build may need his proxy and his certificates.
    await readyImage(host, options);
    const beside = (linkOf(options) ?? "socket") !== "socket";
    // A container reaches this machine by any of its addresses, but never its loopback.
    const address = beside ? hostAddresses(networkInterfaces()).get("interface") : undefined;
    return runWith(host, { ...options, place }, { address, watch: watchHere() });
  }
  const { openElsewhere } = await import("./elsewhere/elsewhere.ts");
  await using elsewhere = await openElsewhere(host, place, options.progress);
  // Awaited here: what it runs on is closed when this returns.
  return await runWith(host, { ...options, place }, elsewhere);
}

interface Around {
  readonly address?: string | undefined;
  readonly wayBack?: StageOptions["wayBack"];
  readonly watch: Watch;
}

type Placed = DemoOptions & { readonly place: string };

async function runWith(
  host: Host,
  options: Placed,
  { address, wayBack, watch }: Around,
): Promise<DemoResult> {
  const lookOutside = { run: (): Promise<void> => Promise.resolve() };
  const stage = await openStage({
    hostHome: homeOf(host),
    address,
    wayBack,
    beforeLastWords: () => lookOutside.run(),
  });
  try {
    const staged = sinceStart(host);
    const run = await runBottle(host, stage, { ...options, watch, lookOutside });
    const ended = sinceStart(host);
    const checks = [
      ...workChecks(stage, run),
      ...stepChecks(stage),
      watch.search(),
      ...probeChecks(run),
      await watch.left(),
    ];
    const timing = {
      staged,
      ...(await readPhases(run.record)),
      ended,
      checked: sinceStart(host),
    };
    const { rung } = run;
    return { ok: checks.every(({ ok }) => ok), rung, place: options.place, checks, timing };
  } finally {
    await stage[Symbol.asyncDispose]();
  }
}

/** The link that the demo's bottle will have; undefined for names that there are not. */
function linkOf({ rung, link }: Pick<DemoOptions, "rung" | "link">): LinkName | undefined {
  const links = linksOf(builtRungs.find((one) => one === rung) ?? defaultRung);
  return link === undefined ? links[0] : links.find((one) => one === link);
}

/** The image of a rung that has one; of a rung that cannot be used here the start will tell. */
async function readyImage(host: Host, { progress, ...named }: DemoOptions): Promise<void> {
  const rung = builtRungs.find((one) => one === named.rung);
  const link = linkOf(named);
  if (rung === undefined || link === undefined) return;
  const backend = await backendFor({ rung, link, place: "local" }, host);
  if (backend?.prepare === undefined || !(await backend.probe()).available) return;
  await backend.prepare({ kind: "default" }, progress);
}

function sinceStart(host: Host): number {
  return Math.round(performance.timeOrigin + performance.now() - host.startedAt);
}

async function runBottle(
  host: Host,
  stage: Stage,
  options: Placed & { readonly watch: Watch; readonly lookOutside: { run: () => Promise<void> } },
): Promise<Run> {
  const { lookOutside, watch, rung, link, place, progress } = options;
  const output: Buffer[] = [];
  const seen: { probes: readonly ProbeVerdict[] } = { probes: [] };
  let kept = 0;
  const bottle = await startBottle(
    {
      manifest: stage.manifest,
      ...(rung === undefined ? {} : { rung }),
      ...(link === undefined ? {} : { link }),
      place,
      workspace: stage.workspace,
      env: stage.env,
      progress,
      output: {
        stdout: (data) => {
          kept += data.length;
          if (kept <= maxOutput) output.push(data);
        },
      },
    },
    { ...host, cwd: stage.workspace, env: { ...inherited(host.env, place), ...stage.env } },
  );
  lookOutside.run = async () => {
    progress("searching the bottle for the token, from outside");
    await watch.look(bottle.id, { stateHome: stage.stateHome, token: stage.world.token });
  };
  const failure = await outcome(bottle, seen, progress);
  return {
    rung: bottle.plan.rung.chosen,
    probes: seen.probes,
    output: Buffer.concat(output).toString("utf8"),
    record: join(stage.stateHome, "claude-bottle", bottle.id),
    failure,
  };
}

/** Waits for the end; gives the reason if it is not a good one. */
async function outcome(
  bottle: Bottle,
  seen: { probes: readonly ProbeVerdict[] },
  progress: (line: string) => void,
): Promise<string | undefined> {
  bottle.inputEnd();
  bottle.proof.then(
    (proof) => {
      seen.probes = proof.probes;
      progress(`${proof.probes.length} probes in ${Math.round(proof.ms)} ms`);
    },
    () => undefined,
  );
  bottle.started.then(
    () => progress("Claude Code runs in its bottle"),
    () => undefined,
  );
  try {
    const end: SessionEnd = await bottle.ended;
    return end.code === 0 ? undefined : `the agent ended with ${end.code ?? end.signal ?? "?"}`;
  } catch (error) {
    if (!(error instanceof BottleError)) return String(error);
    const parts = [`${error.code}: ${error.message}`, error.why, error.next];
    for (const part of parts) if (part !== undefined) progress(part);
    return error.message;
  }
}

/** Of the user's environment the demo takes what finds programs and caches, and the switch of the tests. */
function inherited(env: NodeJS.ProcessEnv, place: string): NodeJS.ProcessEnv {
  const names = [
    ...(place === "local" ? ["PATH", "HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] : sshVariables),
    "LANG",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "BOTTLE_TEST_BREAK",
    "CLAUDE_BOTTLE_DEBUG",
  ];
  return Object.fromEntries(
    names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}
