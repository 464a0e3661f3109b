/** Starts as pictures: how long each takes, and where the time goes. */
import { drawBars } from "../draw/bars.ts";
import type { Bar, BarGroup } from "../draw/bars.ts";
import { told } from "../draw/scale.ts";
import type { BootRow, BootRows } from "./rows.ts";

/** File names and what is in them. */
export function drawBoot({ rows }: BootRows): Readonly<Record<string, string>> {
  const waterfalls = rows.map((row) => [`${waterfallName(row)}.svg`, drawWaterfall(row)] as const);
  return { "starts.svg": drawStarts(rows), ...Object.fromEntries(waterfalls) };
}

/** `start-runc-socket`; a place has characters that no file's name should. */
export function waterfallName({ rung, link, place }: BootRow): string {
  const where = place === "local" ? [] : [place.replaceAll(/[^a-z0-9]+/gi, "-")];
  return ["start", rung, link, ...where].join("-");
}

function drawStarts(rows: readonly BootRow[]): string {
  return drawBars({
    title: "From the command to the first request at the model",
    axis: "milliseconds, less is better",
    groups: rows.map((row): BarGroup => {
      const { start, bareMs, coldBareMs, budget } = row;
      const bar = (name: string, value: number | null, colour = "other"): readonly Bar[] =>
        value === null ? [] : [{ name, value, colour }];
      return {
        title: `${row.rung}, link ${row.link}${row.place === "local" ? "" : `, ${row.place}`}`,
        bars: [
          ...bar("bare", bareMs),
          ...bar("in a bottle", start.warmMs, "ours"),
          ...bar("prepared before", start.hotMs, "ours"),
          ...bar("bare, cold", coldBareMs),
          ...bar("cold", start.coldMs, "ours"),
        ],
        ...(budget === null
          ? {}
          : { budget: { value: bareMs * budget, text: `budget: ${budget} × bare` } }),
      };
    }),
  });
}

/** Phases from where the one before ended; the Engine's calls, of another run, from where each was asked. */
function drawWaterfall(row: BootRow): string {
  let before = 0;
  const phases = Object.entries(row.phases).map(([name, end]): Bar => {
    const bar = { name, colour: "ours", from: before, value: end, text: `${told(end)} ms` };
    before = end;
    return bar;
  });
  const calls = (row.engine ?? [])
    .filter(({ start, ms }) => start && ms !== null)
    .map(({ what, at, ms }): Bar => ({
      name: shortOf(what),
      from: at,
      value: at + (ms ?? 0),
      text: `${told(ms ?? 0)} ms`,
    }));
  return drawBars({
    title: `A start on ${row.rung}, link ${row.link}, warm`,
    axis: "milliseconds since the command began",
    groups: [
      { title: "phases, until each was over", bars: phases },
      ...(calls.length === 0
        ? []
        : [{ title: "what was asked of the daemon, and how long it took", bars: calls }]),
    ],
  });
}

/** `GET /images/NAME/json` is told as `images json`. */
function shortOf(what: string): string {
  const [, path = ""] = what.split(" ");
  return path
    .replaceAll(/\/(?:ID|NAME)(?=\/)/g, "")
    .replaceAll("/", " ")
    .trim();
}
