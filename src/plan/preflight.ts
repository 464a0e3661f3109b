/** The plan for people, before y/N, and for programs. Neither has a secret value: the plan holds none. */
import { escapeControls } from "../manifest/quote.ts";
import type { CredentialDescription } from "./describe-credential.ts";
import { describeCredential } from "./describe-credential.ts";
import { wrap, width } from "./layout.ts";
import type { Section } from "./lines.ts";
import type { Plan } from "./plan.ts";
import { sections } from "./sections.ts";
import type { Style } from "./style.ts";
import { plainStyle } from "./style.ts";

const labelWidth = 14;

/** Columns beside the labels. */
export const sectionWidth: number = width - labelWidth - 2;

/** At most 80 columns; text from manifest and host is escaped, so that it cannot steer the terminal. */
export function renderPlan(plan: Plan, style: Style = plainStyle): string {
  const lines = [renderSections(`Bottle ${plan.id}`, sections(plan, sectionWidth), style)];
  for (const hint of plan.hints)
    lines.push("", ...wrap(`Note: ${hint}`, width - 2).map((line) => `  ${style.warn(line)}`));
  return `${lines.join("\n")}\n\n`;
}

/** A heading and, below it, each section: its label in a left column, its lines beside it. */
export function renderSections(
  title: string,
  all: readonly Section[],
  style: Style = plainStyle,
): string {
  const lines = ["", style.heading(escapeControls(title)), ""];
  for (const section of all) {
    for (const [index, line] of section.lines.entries()) {
      const label = (index === 0 ? section.label : "").padEnd(labelWidth);
      const text = line.tone === "plain" ? line.text : style[line.tone](line.text);
      lines.push(`  ${style.label(label)}${text}`.trimEnd());
    }
  }
  return lines.join("\n");
}

/** The plan with what each credential may do, and secrets as references only. */
export type PlanJson = Omit<Plan, "credentials"> & {
  readonly credentials: readonly (CredentialDescription & { readonly kind: string })[];
};

export function planJson(plan: Plan): PlanJson {
  return {
    ...plan,
    credentials: plan.credentials.map((spec) => ({ kind: spec.kind, ...describeCredential(spec) })),
  };
}
