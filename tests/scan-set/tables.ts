/** What was found of the labelled set, by carrier and by encoding, as docs/scanning.md shows it. */

export interface SetResult {
  readonly carrier: string;
  readonly written: string;
  readonly wanted: string | undefined;
  readonly found: string | undefined;
}

/** Markdown, without the lines around. */
export function tablesOf(results: readonly SetResult[]): string {
  const wanted = results.filter((one) => one.wanted !== undefined);
  const look = results.filter((one) => one.wanted === undefined);
  const carriers = [...new Set(results.map(({ carrier }) => carrier))];
  const encodings = [...new Set(wanted.map(({ written }) => written))];
  const lookAlikes = [...new Set(look.map(({ written }) => written))];
  const row = (name: string, of: readonly SetResult[]): string => {
    const yes = of.filter((one) => one.wanted !== undefined);
    const hits = yes.filter((one) => one.found !== undefined).length;
    const wrong = of.filter((one) => one.wanted === undefined && one.found !== undefined).length;
    return `| ${name} | ${yes.length} | ${percent(hits, yes.length)} | ${of.length - yes.length} | ${percent(hits, hits + wrong)} |`;
  };
  return [
    "| carrier | secrets | recall | look-alikes | precision |",
    "|---|---|---|---|---|",
    ...carriers.map((carrier) =>
      row(
        carrier,
        results.filter((one) => one.carrier === carrier),
      ),
    ),
    row("all", results),
    "",
    "| written | secrets | recall |",
    "|---|---|---|",
    ...encodings.map((encoding) => {
      const of = wanted.filter(({ written }) => written === encoding);
      return `| ${encoding} | ${of.length} | ${percent(of.filter(({ found }) => found !== undefined).length, of.length)} |`;
    }),
    "",
    "| look-alike | requests | refused |",
    "|---|---|---|",
    ...lookAlikes.map((name) => {
      const of = look.filter(({ written }) => written === name);
      return `| ${name} | ${of.length} | ${of.filter(({ found }) => found !== undefined).length} |`;
    }),
  ].join("\n");
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "none" : `${Math.floor((part / whole) * 1000) / 10} %`;
}
