/** What the preflight says, section by section; how it looks is `preflight.ts`. */
import { formatSize } from "../manifest/formats/size.ts";
import { broughtLines, firstLine, ofProject } from "./agent-words.ts";
import { grantSections } from "./grants.ts";
import { imageWords } from "./image-words.ts";
import { table, wrap } from "./layout.ts";
import { linkWords } from "./link.ts";
import type { Line, Section } from "./lines.ts";
import { plain } from "./lines.ts";
import type { LimitPlan, Plan } from "./plan.ts";
import { placeWords } from "./place.ts";
import { rungLines } from "./rung-lines.ts";
import { workspaceLines } from "./workspace-lines.ts";

/** `columns`: room beside the labels. */
export function sections(plan: Plan, columns: number): readonly Section[] {
  const all: readonly Section[] = [
    { label: "agent", lines: agentLines(plan, columns) },
    { label: "bottle", lines: plain(wrap(`${plan.bottle}, ${plan.place}`, columns)) },
    { label: "place", lines: plain(placeWords(plan).flatMap((words) => wrap(words, columns))) },
    { label: "rung", lines: rungLines(plan.rung, columns) },
    { label: "link", lines: plain(wrap(linkWords(plan.link, plan.linkReason), columns)) },
    {
      label: "image",
      lines: plain(imageWords(plan.image).flatMap((words) => wrap(words, columns))),
    },
    { label: "workspace", lines: workspaceLines(plan, columns) },
    ...grantSections(plan, columns),
    { label: "limits", lines: limitLines(plan.limits, columns) },
  ];
  return all.filter((section) => section.lines.length > 0);
}

function agentLines({ agent, headless, agentArgs }: Plan, columns: number): readonly Line[] {
  const lines = wrap(
    `${agent.name} (${agent.provider}), ${headless ? "headless" : "at this terminal"}${ofProject(agent)}`,
    columns,
  );
  const prompt = agent.prompt === null ? [] : wrap(`prompt: ${firstLine(agent.prompt)}`, columns);
  const args =
    agentArgs.length === 0
      ? []
      : wrap(
          `arguments: ${agentArgs.map((argument) => JSON.stringify(argument)).join(" ")}`,
          columns,
        );
  return plain([...lines, ...prompt, ...args, ...broughtLines(agent, columns)]);
}

function limitLines(limits: readonly LimitPlan[], columns: number): readonly Line[] {
  const amount = ({ name, value }: LimitPlan): string =>
    name === "memory" || name === "disk" ? formatSize(value) : String(value);
  return limits.flatMap((limit) => {
    const cells = [
      limit.name.padEnd(6),
      amount(limit).padEnd(8),
      `${limit.enforced ? "" : "not enforced: "}${limit.how}`,
    ];
    return table([cells], columns).map(
      (text) => ({ text, tone: limit.enforced ? "plain" : "warn" }) as const,
    );
  });
}
