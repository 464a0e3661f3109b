/** What `bottle info` does: an agent and its bottle, secrets as references. */
import { inspectAgent, readManifest } from "../../compose/manifests.ts";
import type { AgentInfo, RungHere } from "../../compose/manifests.ts";
import { aboutAgent, aboutBottle } from "../../plan/about.ts";
import { describeCredential } from "../../plan/describe-credential.ts";
import { grantsOf } from "../../plan/grants.ts";
import type { Section } from "../../plan/lines.ts";
import { toned } from "../../plan/lines.ts";
import { rungLines } from "../../plan/rung-lines.ts";
import { renderSections, sectionWidth } from "../../plan/preflight.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { styleFor } from "../style.ts";
import type { InfoFlags } from "./info.ts";

export async function info(this: CliContext, flags: InfoFlags, name?: string): Promise<void> {
  await answer(this, flags.format, async () => {
    const { stdout, stderr } = this.process;
    const manifest = await readManifest(this, flags.manifest);
    const found = await inspectAgent(this, manifest, name);
    if (flags.format === "json") stdout.write(`${JSON.stringify(infoJson(found))}\n`);
    else {
      const style = styleFor(stdout, this.env);
      stdout.write(`${renderSections(`Agent ${found.agent.name}`, aboutBoth(found), style)}\n\n`);
      for (const hint of manifest.hints) stderr.write(`note: ${escapeText(hint)}\n`);
    }
    return exitCodes.ok;
  });
}

function aboutBoth({ agent, bottle, here }: AgentInfo): readonly Section[] {
  return [
    ...aboutAgent(agent, bottle.name, sectionWidth),
    { label: "here", lines: hereLines(here) },
    ...aboutBottle(bottle, agent, sectionWidth),
  ];
}

function hereLines(here: RungHere): Section["lines"] {
  if (here.usable) return rungLines(here, sectionWidth);
  return [
    ...toned("warn", here.reason, sectionWidth),
    ...(here.remedy === undefined ? [] : toned("dim", here.remedy, sectionWidth)),
  ];
}

/** The same as data. */
function infoJson({ agent, bottle, here }: AgentInfo): object {
  const { name, rung, minimumRung, link, place, image, workspace, resources, project } = bottle;
  const grants = grantsOf(bottle, agent.env);
  const { env: _env, ...rest } = agent;
  return {
    version: 1,
    agent: { ...rest, prompt: agent.prompt ?? null },
    bottle: { name, ...(project !== undefined && { project }) },
    rung: { asked: rung, minimum: minimumRung, ...here },
    link: link ?? null,
    place,
    image,
    workspace,
    resources,
    ...grants,
    credentials: grants.credentials.map((spec) => ({
      kind: spec.kind,
      ...describeCredential(spec),
    })),
  };
}
