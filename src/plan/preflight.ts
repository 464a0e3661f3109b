/** The plan for people, before y/N, and for programs. Neither has a secret value: the plan holds none. */
import { escapeControls } from "../manifest/quote.ts";
import type { CredentialDescription } from "./describe-credential.ts";
import { describeCredential } from "./describe-credential.ts";
import { wrap, width } from "./layout.ts";
import type { Plan } from "./plan.ts";
import { sections } from "./sections.ts";
import type { Style } from "./style.ts";
import { plainStyle } from "./style.ts";

const labelWidth = 14;

/** At most 80 columns; text from manifest and host is escaped, so that it cannot steer the terminal. */
export function renderPlan(plan: Plan, style: Style = plainStyle): string {
  const lines = ["", style.heading(`Bottle ${escapeControls(plan.id)}`), ""];
  for (const section of sections(plan, width - labelWidth - 2)) {
    for (const [index, line] of section.lines.entries()) {
      const label = (index === 0 ? section.label : "").padEnd(labelWidth);
      const text = line.tone === "plain" ? line.text : style[line.tone](line.text);
      lines.push(`  ${style.label(label)}${text}`.trimEnd());
    }
  }
  for (const hint of plan.hints)
    lines.push("", ...wrap(`Note: ${hint}`, width - 2).map((line) => `  ${style.warn(line)}`));
  return `${lines.join("\n")}\n\n`;
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
