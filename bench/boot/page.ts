/** The part of docs/benchmarks.md that is about starts: written by the run that measured them, never by hand. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { told } from "../draw/scale.ts";
import { drawBoot, waterfallName } from "./pictures.ts";
import type { BootReport } from "./report.ts";
import { mergedRows } from "./rows.ts";
import type { BootRow, BootRows } from "./rows.ts";

const begin = "<!-- starts: written by `bottle bench boot --draw docs/benchmarks` -->";
const end = "<!-- starts: end -->";

/** Writes rows and pictures into the folder, and the rows into the page beside it, if there is one (`folder.md`). */
export async function publishBoot(report: BootReport, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "boot-rungs.json");
  const rows = await mergedRows(report, file);
  await writeFile(file, `${JSON.stringify(rows, null, 1)}\n`);
  for (const [name, picture] of Object.entries(drawBoot(rows)))
    await writeFile(join(folder, name), picture);
  const page = await readFile(`${folder}.md`, "utf8").catch(() => undefined);
  if (page !== undefined) await writeFile(`${folder}.md`, withStarts(page, rows, basename(folder)));
}

/** The page with these rows between the marks. */
export function withStarts(page: string, rows: BootRows, folder: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page lacks the marks ${begin} and ${end}`);
  return `${page.slice(0, from)}${begin}\n${startNumbers(rows, folder).join("\n")}\n${page.slice(to)}`;
}

function startNumbers({ machine, rows }: BootRows, folder: string): readonly string[] {
  const ms = (value: number | null): string => (value === null ? "" : `${told(value)} ms`);
  return [
    "",
    `Measured on ${machine.cpus} cores (${machine.model}), Linux ${machine.kernel}, Node ${machine.node}. Medians.`,
    "",
    "| rung | link | against | bare | in a bottle | ratio | budget | bare, host's network | prepared | cold | cold, bare |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
    ...rows.map((row) =>
      cells([
        ...[nameOf(row), row.link, row.reference, ms(row.bareMs), ms(row.start.warmMs)],
        ...[`${told(row.ratio)} ×`, verdict(row), ms(row.fastestMs), ms(row.start.hotMs)],
        ...[ms(row.start.coldMs), ms(row.coldBareMs)],
      ]),
    ),
    "",
    "| rung | link | probes | supervisor | everything, with the agent | as much bare | round trips to the daemon |",
    "|---|---|---|---|---|---|---|",
    ...rows.map((row) =>
      cells([
        ...[nameOf(row), row.link, ms(row.probesMs), `${told(row.supervisorMiB)} MB`],
        ...[`${told(row.memoryMiB)} MB`, `${told(row.bareMemoryMiB)} MB`, calls(row)],
      ]),
    ),
    "",
    `![Time to the first request by rung, bare and in a bottle](${folder}/starts.svg)`,
    ...rows.flatMap((row) => [
      "",
      `![Phases of a start on ${row.rung}, link ${row.link}](${folder}/${waterfallName(row)}.svg)`,
    ]),
    "",
  ];
}

function cells(row: readonly string[]): string {
  return `| ${row.join(" | ")} |`;
}

function nameOf({ rung, place }: BootRow): string {
  return place === "local" ? rung : `${rung}, ${place}`;
}

function verdict({ ratio, budget }: BootRow): string {
  if (budget === null) return "";
  return `≤ ${budget} ×, ${ratio <= budget ? "met" : "**missed**"}`;
}

function calls({ engine }: BootRow): string {
  if (engine === null) return "";
  const before = engine.filter(({ start }) => start).length;
  return `${before} until the agent runs, ${engine.length - before} from then on`;
}
