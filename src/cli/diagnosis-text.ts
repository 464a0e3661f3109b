/** The doctor's answer for people: in groups, aligned, at most 80 columns, what to do below each line that wants it. */
import type { Diagnosis } from "../compose/doctor/diagnose.ts";
import type { RungDiagnosis } from "../compose/doctor/rungs.ts";
import { escapeText } from "../terminal/print.ts";
import { width, wrap } from "../plan/layout.ts";
import type { Style } from "../plan/style.ts";
import type { Marks } from "./style.ts";

interface Row {
  readonly state: keyof Marks;
  readonly name: string;
  readonly detail: string;
  readonly remedy?: string | undefined;
}

/** Room for the longest name of a check. */
const nameWidth = 18;
const remedyIndent = " ".repeat(6);

export function renderDiagnosis(found: Diagnosis, marks: Marks, style: Style): string {
  const rungs = found.rungs.map((one): Row => ({
    state: stateOf(one),
    name: one.rung,
    ...said(one),
  }));
  const places = found.places.map((one): Row => ({
    state: stateOf(one),
    name: one.place,
    ...said(one),
  }));
  const limits = found.limits.map(({ name, enforced, how }): Row => ({
    state: enforced ? "good" : "open",
    name,
    detail: `${enforced ? "" : "not enforced: "}${how}`,
  }));
  const sections: readonly (readonly [title: string, rows: readonly Row[]])[] = [
    ["rungs, weakest first", rungs],
    ["places", places],
    ["limits on the default rung", limits],
    ...found.groups.map(({ name, checks }) => [name, checks] as const),
  ];
  const blocks = sections
    .filter(([, rows]) => rows.length > 0)
    .map(([title, rows]) =>
      [style.heading(escapeText(title)), ...rows.flatMap((row) => lines(row, marks, style))].join(
        "\n",
      ),
    );
  return `${[...blocks, summary(found)].join("\n\n")}\n`;
}

/** What this version does not have is nothing to mend. */
function stateOf({ built, available }: Pick<RungDiagnosis, "built" | "available">): Row["state"] {
  if (available) return "good";
  return built ? "bad" : "open";
}

function said({
  detail,
  remedy,
}: Pick<RungDiagnosis, "detail" | "remedy">): Omit<Row, "state" | "name"> {
  return { detail, remedy };
}

function lines(row: Row, marks: Marks, style: Style): readonly string[] {
  const tone = { good: "label", bad: "warn", open: "dim" } as const;
  const mark = style[tone[row.state]](marks[row.state]);
  const indent = " ".repeat(2 + marks.good.length + 1 + nameWidth + 1);
  const name = escapeText(row.name);
  const [first = "", ...more] = wrap(row.detail, width - indent.length);
  // A name that is too long has a line of its own.
  const head =
    name.length <= nameWidth ? [`${name.padEnd(nameWidth)} ${first}`] : [name, `${indent}${first}`];
  return [
    `  ${mark} ${head.join("\n")}`.trimEnd(),
    ...more.map((line) => indent + line),
    ...(row.remedy === undefined ? [] : remedyLines(row.remedy)),
  ];
}

/** A command is never broken: who copies it must get all of it. */
function remedyLines(remedy: string): readonly string[] {
  const [, says, command] = /^(Run(?: as root)?:) (.*)$/s.exec(remedy) ?? [];
  if (says === undefined || command === undefined)
    return wrap(remedy, width - remedyIndent.length).map((line) => remedyIndent + line);
  const whole = `${remedyIndent}${says} ${escapeText(command)}`;
  return whole.length <= width
    ? [whole]
    : [`${remedyIndent}${says}`, `${remedyIndent}  ${escapeText(command)}`];
}

function summary({ ok, groups }: Diagnosis): string {
  const bad = groups.flatMap(({ checks }) => checks).filter(({ state }) => state === "bad").length;
  const works = ok ? "The default rung works here." : "The default rung does not work here.";
  const rest = bad === 0 ? "" : ` ${bad === 1 ? "1 check is" : `${bad} checks are`} bad.`;
  return works + rest;
}
