/** Bars that lie, in groups, with an axis and with budgets as lines: an SVG that is read in light and in dark. */
import { ticks, told } from "./scale.ts";

export interface Bar {
  readonly name: string;
  /** Whose colour it has; the name's, unless told. */
  readonly colour?: string;
  readonly value: number;
  /** Where it begins on the axis; at nothing, unless told. */
  readonly from?: number;
  /** Written behind the bar; the value, unless told. */
  readonly text?: string;
}

export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** A line through the group's bars, on the axis. */
  readonly budget?: { readonly value: number; readonly text: string };
}

export interface BarChart {
  readonly title: string;
  /** What the axis tells, with its unit. */
  readonly axis: string;
  readonly groups: readonly BarGroup[];
}

const width = 760;
const left = 132;
const right = 118;
const top = 56;
const barHeight = 16;
const barStep = 21;
const groupTitle = 30;
const groupGap = 12;
const bottom = 52;

/** Colours by name, first for light, then for dark; whoever is not named gets the last. */
const colours: readonly (readonly [name: string, light: string, dark: string])[] = [
  ["ours", "#1f6feb", "#58a6ff"],
  ["nginx", "#5f8f5f", "#7fb57f"],
  ["squid", "#b7791f", "#d9a441"],
  ["mitmproxy", "#8e5bb5", "#b58fd6"],
  ["other", "#8b949e", "#8b949e"],
];

export function drawBars(chart: BarChart): string {
  const most = Math.max(
    ...chart.groups.flatMap(({ bars, budget }) => [
      ...bars.map(({ value }) => value),
      budget?.value ?? 0,
    ]),
  );
  const marks = ticks(most, 5);
  const scale = (width - left - right) / (marks.at(-1) ?? 1);
  const x = (value: number): number => tenth(left + value * scale);
  const parts: string[] = [];
  let y = top;
  for (const group of chart.groups) {
    const inner = drawGroup(group, x, y);
    parts.push(inner.text);
    y = inner.end + groupGap;
  }
  const end = y - groupGap + 8;
  const axis = marks.map(
    (mark) =>
      `<line class="grid" x1="${x(mark)}" y1="${top - 6}" x2="${x(mark)}" y2="${end}"/>` +
      text(x(mark), end + 16, told(mark), "small middle"),
  );
  const height = end + bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(chart.title)}">`,
    `<title>${escaped(chart.title)}</title>`,
    `<style>${style()}</style>`,
    `<rect class="paper" width="${width}" height="${height}" rx="8"/>`,
    text(20, 32, chart.title, "title"),
    ...axis,
    ...parts,
    text((left + width - right) / 2, end + 36, chart.axis, "small middle"),
    "</svg>",
    "",
  ].join("\n");
}

function drawGroup(
  { title, bars, budget }: BarGroup,
  x: (value: number) => number,
  from: number,
): { readonly text: string; readonly end: number } {
  const first = from + groupTitle;
  const end = first + bars.length * barStep - (barStep - barHeight);
  const lines = bars.flatMap(
    ({ name, colour = name, value, from: begin = 0, text: own }, index) => {
      const y = first + index * barStep;
      const long = Math.max(1, tenth(x(value) - x(begin)));
      return [
        text(left - 10, y + 12.5, name, name === "ours" ? "end strong" : "end"),
        `<rect class="bar ${className(colour)}" x="${x(begin)}" y="${y}" width="${long}" height="${barHeight}" rx="2"/>`,
        text(
          x(begin) + long + 6,
          y + 12.5,
          own ?? told(value),
          name === "ours" ? "halo strong" : "halo",
        ),
      ];
    },
  );
  const line =
    budget === undefined
      ? []
      : [
          `<line class="budget" x1="${x(budget.value)}" y1="${first - 6}" x2="${x(budget.value)}" y2="${end + 4}"/>`,
          text(width - 20, from + 18, budget.text, "small budget-text end"),
        ];
  return {
    text: [text(20, from + 18, title, "group"), ...line, ...lines].join("\n"),
    end,
  };
}

function className(name: string): string {
  return colours.some(([known]) => known === name) ? name : "other";
}

function style(): string {
  const fills = (dark: boolean): string =>
    colours.map(([name, light, other]) => `.${name}{fill:${dark ? other : light}}`).join("");
  return (
    "text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;fill:#1f2328}" +
    ".title{font-size:16px;font-weight:600}.group{font-weight:600}.strong{font-weight:600}.small{font-size:12px;fill:#59636e}" +
    ".middle{text-anchor:middle}.end{text-anchor:end}.halo{paint-order:stroke;stroke:#fff;stroke-width:3px}" +
    ".paper{fill:#fff}.grid{stroke:#d1d9e0;stroke-width:1}.budget{stroke:#cf222e;stroke-width:1.5;stroke-dasharray:5 3}" +
    `.small.budget-text{fill:#cf222e}${fills(false)}` +
    "@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.small{fill:#9198a1}.paper{fill:#0d1117}.grid{stroke:#3d444d}" +
    `.halo{stroke:#0d1117}.budget{stroke:#ff7b72}.small.budget-text{fill:#ff7b72}${fills(true)}}`
  );
}

function text(x: number, y: number, words: string, classes: string): string {
  return `<text class="${classes}" x="${x}" y="${y}">${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
