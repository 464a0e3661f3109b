/** The choice of the rung for people. */
import { wrap } from "./layout.ts";
import type { Line } from "./lines.ts";
import { plain } from "./lines.ts";
import type { RungChoice } from "./plan.ts";

/** Which rung, why, and of every stronger one why not; those of one reason together. */
export function rungLines(rung: RungChoice, columns: number): readonly Line[] {
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
