/** What `bottle trust` does: shows what a project asks for, asks, and notes the answer. */
import { lookAtProject, noteTrust, revokeTrust, trustedProjects } from "../../compose/trust.ts";
import type { ProjectLook } from "../../compose/trust.ts";
import { aboutAgent, aboutBottle } from "../../plan/about.ts";
import { envSection } from "../../plan/grants.ts";
import { width, wrap } from "../../plan/layout.ts";
import type { Section } from "../../plan/lines.ts";
import { plain } from "../../plan/lines.ts";
import { renderSections, sectionWidth } from "../../plan/preflight.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { marksFor, styleFor } from "../style.ts";
import type { TrustFlags } from "./trust.ts";

export async function trust(this: CliContext, flags: TrustFlags, folder = "."): Promise<void> {
  await answer(this, flags.format, () => {
    if (flags.list) return list(this, flags);
    return flags.revoke ? revoke(this, flags, folder) : ask(this, flags, folder);
  });
}

async function ask(context: CliContext, flags: TrustFlags, folder: string): Promise<number> {
  const { stdin, stdout, stderr } = context.process;
  const look = await lookAtProject(context, folder);
  const { file, sha256, refers, before } = look;
  const json = flags.format === "json";
  if (!json) stdout.write(renderLook(look, context));
  const agreed = before === "trusted" || flags.yes;
  if (!agreed && (json || !stdin.isTTY || !stdout.isTTY)) {
    if (json) stdout.write(`${JSON.stringify({ file, sha256, refers, trusted: false })}\n`);
    stderr.write("Not trusted: there is nobody to ask. Say --yes to trust it without asking.\n");
    return exitCodes.notConfirmed;
  }
  if (!agreed && !(await confirm(context, "Trust this, and nothing else?")))
    return exitCodes.notConfirmed;
  await noteTrust(context, look, new Date());
  if (json) stdout.write(`${JSON.stringify({ file, sha256, refers, trusted: true })}\n`);
  else stdout.write(`Trusted: ${escapeText(file)}\n`);
  return exitCodes.ok;
}

function renderLook(look: ProjectLook, context: CliContext): string {
  const { file, sha256, refers, manifest, before } = look;
  const style = styleFor(context.process.stdout, context.env);
  const state = {
    new: "not trusted so far",
    changed: "changed since you trusted it",
    trusted: "trusted already, as it is",
  }[before];
  const head: readonly Section[] = [
    { label: "state", lines: plain([state]) },
    { label: "sha256", lines: plain([sha256]) },
    {
      label: "refers to",
      lines: plain(
        refers.flatMap((pin) => wrap(`${pin.path} (sha256 ${pin.sha256})`, sectionWidth)),
      ),
    },
  ];
  const parts = [
    renderSections(
      `The project's manifest ${file}`,
      head.filter(({ lines }) => lines.length > 0),
      style,
    ),
  ];
  for (const bottle of manifest.bottles.values())
    parts.push(
      renderSections(
        `Its bottle ${bottle.name}`,
        aboutBottle(bottle, undefined, sectionWidth),
        style,
      ),
    );
  for (const agent of manifest.agents.values()) {
    const whose = manifest.bottles.has(agent.bottle) ? "the project's" : "yours";
    parts.push(
      renderSections(
        `Its agent ${agent.name}`,
        [
          ...aboutAgent(agent, `${agent.bottle}, ${whose}`, sectionWidth),
          ...(agent.env.length > 0 ? [envSection(agent.env, sectionWidth)] : []),
        ],
        style,
      ),
    );
  }
  for (const hint of manifest.hints)
    parts.push("", ...wrap(`Note: ${hint}`, width - 2).map((line) => `  ${style.warn(line)}`));
  return `${parts.join("\n")}\n\n`;
}

async function revoke(context: CliContext, flags: TrustFlags, folder: string): Promise<number> {
  const { stdout } = context.process;
  const files = await revokeTrust(context, folder);
  if (flags.format === "json") stdout.write(`${JSON.stringify({ revoked: files })}\n`);
  else for (const file of files) stdout.write(`No longer trusted: ${escapeText(file)}\n`);
  return exitCodes.ok;
}

async function list(context: CliContext, flags: TrustFlags): Promise<number> {
  const { stdout } = context.process;
  const projects = await trustedProjects(context);
  if (flags.format === "json") {
    const shown = projects.map(({ version: _version, changed, ...rest }) => ({
      ...rest,
      trusted: changed === undefined,
      ...(changed !== undefined && { reason: changed }),
    }));
    stdout.write(`${JSON.stringify(shown)}\n`);
    return exitCodes.ok;
  }
  if (projects.length === 0) stdout.write("No project's manifest is trusted.\n");
  const marks = marksFor(context.env);
  for (const { file, trustedAt, changed } of projects) {
    const when = trustedAt.slice(0, 10);
    stdout.write(
      `${changed === undefined ? marks.good : marks.bad} ${escapeText(file)}  since ${escapeText(when)}\n`,
    );
    if (changed !== undefined) stdout.write(`  ignored: ${escapeText(changed)}\n`);
  }
  return exitCodes.ok;
}
