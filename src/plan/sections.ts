/** What the preflight says, section by section; how it looks is `preflight.ts`. */
import { formatSize } from "../manifest/formats/size.ts";
import type { EnvSpec, HostRule } from "../manifest/manifest.ts";
import { describeCredential } from "./describe-credential.ts";
import { table, wrap } from "./layout.ts";
import type { Line } from "./lines.ts";
import { orNone, plain } from "./lines.ts";
import type { LimitPlan, Plan } from "./plan.ts";
import { sharingSections } from "./sharing-sections.ts";
import { workspaceLines } from "./workspace-lines.ts";

export interface Section {
  readonly label: string;
  readonly lines: readonly Line[];
}

/** `columns`: room beside the labels. */
export function sections(plan: Plan, columns: number): readonly Section[] {
  const all: readonly Section[] = [
    { label: "agent", lines: agentLines(plan, columns) },
    { label: "bottle", lines: plain(wrap(`${plan.bottle}, ${plan.place}`, columns)) },
    { label: "rung", lines: rungLines(plan, columns) },
    { label: "workspace", lines: workspaceLines(plan, columns) },
    ...sharingSections(plan, columns),
    {
      label: "agent sees",
      lines: orNone(table(plan.env.map(envRow), columns), "no variables from you"),
    },
    {
      label: "may reach",
      lines: orNone(
        table(plan.egress.allow.map(ruleRow), columns),
        plan.credentials.length === 0 ? "nothing" : "nothing but the credentials' hosts",
      ),
    },
    {
      label: "never",
      lines: plain(
        table(
          plan.egress.deny.map((rule) => ruleRow({ ...rule, scheme: "https" })),
          columns,
        ),
      ),
    },
    { label: "credentials", lines: orNone(credentialLines(plan, columns), "none") },
    { label: "limits", lines: limitLines(plan.limits, columns) },
  ];
  return all.filter((section) => section.lines.length > 0);
}

function agentLines({ agent, headless, agentArgs }: Plan, columns: number): readonly Line[] {
  const lines = wrap(
    `${agent.name} (${agent.provider}), ${headless ? "headless" : "at this terminal"}`,
    columns,
  );
  const [first = "", ...more] = (agent.prompt ?? "").trim().split("\n");
  // The first line is enough to know it again; a whole prompt would push the rest off the screen.
  const shown =
    first.length > 200 ? `${first.slice(0, 200)}…` : `${first}${more.length > 0 ? " …" : ""}`;
  const prompt = agent.prompt === null ? [] : wrap(`prompt: ${shown}`, columns);
  const args =
    agentArgs.length === 0
      ? []
      : wrap(
          `arguments: ${agentArgs.map((argument) => JSON.stringify(argument)).join(" ")}`,
          columns,
        );
  return plain([...lines, ...prompt, ...args, ...broughtLines(agent, columns)]);
}

/** Copies of the owner's own files: the agent can read them, and so can whoever took it over. */
function broughtLines({ skills, bring }: Plan["agent"], columns: number): readonly string[] {
  return [
    ...(skills.length === 0 ? [] : wrap(`your skills: ${skills.join(", ")}`, columns)),
    ...(bring.length === 0 ? [] : wrap(`copied from your set-up: ${bring.join(", ")}`, columns)),
  ];
}

function rungLines({ rung }: Plan, columns: number): readonly Line[] {
  const byReason = new Map<string, string[]>();
  for (const one of rung.stronger)
    byReason.set(one.reason, [...(byReason.get(one.reason) ?? []), one.rung]);
  const stronger = [...byReason].flatMap(([reason, names]) =>
    wrap(`${names.join(", ")}: ${reason}`, columns - 2),
  );
  return [
    ...plain(wrap(`${rung.chosen}: ${rung.reason}`, columns)),
    ...(stronger.length === 0
      ? []
      : [{ text: "stronger ones, and why not:", tone: "dim" } as const]),
    ...stronger.map((text) => ({ text: `  ${text}`, tone: "dim" }) as const),
  ];
}

function envRow(spec: EnvSpec): readonly string[] {
  if (spec.kind === "literal") return [spec.name, spec.value === "" ? "(empty)" : spec.value];
  return [
    spec.name,
    spec.kind === "host"
      ? `from your variable ${spec.variable}`
      : `asked at the start: ${spec.question}`,
  ];
}

function ruleRow(rule: HostRule): readonly string[] {
  const name = rule.host.includes(":") ? `[${rule.host}]` : rule.host;
  const standard = rule.scheme === "https" ? 443 : 80;
  const ports = rule.ports.every((port) => port === standard) ? "" : `:${rule.ports.join(",")}`;
  const request = [rule.methods?.join(" "), rule.paths?.join(" ")]
    .filter((part) => part !== undefined)
    .join(" on ");
  return [`${rule.scheme === "http" ? "http://" : ""}${name}${ports}`, request];
}

function credentialLines({ credentials }: Plan, columns: number): readonly string[] {
  return credentials.flatMap((spec) => {
    const { name, to, from, may } = describeCredential(spec);
    return [
      ...wrap(`${name} for ${to.join(", ")}`, columns),
      ...[`held outside, from ${from}`, ...may].flatMap((text) =>
        wrap(text, columns - 2).map((line) => `  ${line}`),
      ),
    ];
  });
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
