/** The gateway's bench takes a little of everything: that it runs, and what its report has; never how fast anything was. */
import { expect, it } from "vitest";
import { benchGateway } from "../../bench/gateway/bench.ts";
import { findProgram } from "../../bench/gateway/contenders/contender.ts";
import { renderGateway } from "../../bench/gateway/print.ts";
import { openTestHome } from "../support/bottle.ts";
import { need } from "../support/require.ts";

it("measures every proxy that is there, in all its ways, and says what it left out", async (context) => {
  const programs = { nginx: "nginx", squid: "squid", mitmproxy: "mitmdump" };
  const missing = [...Object.values(programs), "wrk"].filter(
    (name) => findProgram(name) === undefined,
  );
  await using home = await openTestHome();
  const lines: string[] = [];
  const report = await benchGateway(home.host, {
    extent: {
      connections: [1, 2],
      rounds: 1,
      ms: 200,
      downBytes: 3_000_000,
      upBytes: 1_000_000,
      singles: 1,
      tunnels: 4,
    },
    progress: (line) => lines.push(line),
  });
  const present = Object.entries(programs)
    .filter(([, program]) => !missing.includes(program))
    .map(([name]) => name);
  const all = ["direct", "ours", ...present];
  const names = (rows: readonly { readonly contender: string }[]): readonly string[] => [
    ...new Set(rows.map(({ contender }) => contender)),
  ];
  expect(names(report.rates)).toEqual(all);
  expect(names(report.tlsRates)).toEqual(all.filter((name) => name !== "nginx"));
  for (const rate of [...report.rates, ...report.tlsRates]) {
    expect(rate.failures, `${rate.contender} ${rate.connections}`).toBe(0);
    expect(rate.perSecond.median).toBeGreaterThan(0);
  }
  for (const rows of [report.down, report.up, report.events]) expect(names(rows)).toEqual(all);
  expect(names(report.fresh)).toEqual(all.filter((name) => name !== "nginx"));
  expect(names(report.memory)).toEqual(all.slice(1));
  expect(report.supervisor?.tunnels).toBeGreaterThan(0);
  expect(report.decisions.map(({ rules }) => rules)).toEqual([10, 1_000, 100_000]);
  const text = renderGateway(report);
  for (const { name, why } of report.leftOut) expect(text).toContain(`left out: ${name}: ${why}`);
  // Debian's names are said, so that the next run has them.
  for (const name of missing) expect(text).toContain(name);
  need(context, missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}`);
});
