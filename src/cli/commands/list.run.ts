/** What `bottle list` does: one line an agent. */
import { inspectRungs, readManifest } from "../../compose/manifests.ts";
import type { RungHere } from "../../compose/manifests.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import { firstLine } from "../../plan/agent-words.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import type { ListFlags } from "./list.ts";

export async function list(this: CliContext, flags: ListFlags): Promise<void> {
  await answer(this, flags.format, async () => {
    const { stdout, stderr } = this.process;
    const manifest = await readManifest(this, flags.manifest);
    const rows = listed(manifest, await inspectRungs(this, manifest));
    if (flags.format === "json") stdout.write(`${JSON.stringify(rows)}\n`);
    else {
      stdout.write(renderList(rows));
      for (const hint of manifest.hints) stderr.write(`note: ${escapeText(hint)}\n`);
    }
    return exitCodes.ok;
  });
}

interface Listed {
  readonly agent: string;
  readonly bottle: string;
  readonly provider: string;
  /** As the bottle wishes it. */
  readonly rung: string;
  /** What that comes to on this machine, and why. */
  readonly here: RungHere | null;
  readonly place: string;
  /** First line. */
  readonly prompt: string | null;
  readonly project?: "trusted" | "untrusted";
}

function listed(
  { agents, bottles }: Manifest,
  here: ReadonlyMap<string, RungHere>,
): readonly Listed[] {
  return [...agents.values()].map(({ name, bottle, provider, prompt, project }) => ({
    agent: name,
    bottle,
    provider,
    rung: bottles.get(bottle)?.rung ?? "",
    here: here.get(bottle) ?? null,
    place: bottles.get(bottle)?.place ?? "",
    prompt: prompt === undefined ? null : firstLine(prompt),
    ...(project !== undefined && { project }),
  }));
}

const heads = ["AGENT", "BOTTLE", "PROVIDER", "RUNG", "PLACE", "PROMPT"] as const;

/** Columns as wide as their widest; the prompt is cut so that a line fits a terminal of 100. */
function renderList(rows: readonly Listed[]): string {
  if (rows.length === 0) return "The manifest has no agent.\n";
  const cells = rows.map((row) => [
    row.agent,
    row.bottle,
    row.provider,
    rungWords(row),
    row.place,
    `${row.project === undefined ? "" : `(${row.project} project) `}${row.prompt ?? ""}`,
  ]);
  const lines = [heads, ...cells].map((line) => line.map(escapeText));
  const widths = heads.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => (at === heads.length - 1 ? cut(cell, 48) : cell.padEnd(widths[at] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** What was wished, and in brackets what is not the same here. */
function rungWords({ rung, here }: Listed): string {
  if (here === null) return rung;
  if (!here.usable) return `${rung} (not here)`;
  return here.chosen === rung ? rung : `${rung} (${here.chosen})`;
}

function cut(text: string, columns: number): string {
  return text.length > columns ? `${text.slice(0, columns - 1)}…` : text;
}
