/** The bench of starts takes one of everything: that it runs, and what its report has; never how fast anything was. */
import { expect, it } from "vitest";
import { benchBoot } from "../../bench/boot/bench.ts";
import { renderBoot } from "../../bench/boot/print.ts";
import { subjectsOf } from "../../bench/boot/subject.ts";
import { openTestHome } from "../support/bottle.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { lacksProgram, need } from "../support/require.ts";

withDaemon();

it("measures two rungs, each beside the same agent by hand, and counts what is asked of the daemon", async (context) => {
  need(context, lacksProgram("docker"));
  await using home = await openTestHome();
  const subjects = subjectsOf("namespace,runc", undefined);
  const report = await benchBoot(home.host, {
    ...{ runs: 1, subjects, cold: false },
    progress: () => undefined,
  });
  expect(report.rungs.map(({ rung }) => rung)).toEqual(["namespace", "runc"]);
  for (const rung of report.rungs) {
    for (const spread of [rung.bare, rung.bottle.total, rung.hot?.total, rung.probes])
      expect(spread?.median, rung.rung).toBeGreaterThan(0);
    for (const spread of Object.values(rung.memory))
      expect(spread.median, rung.rung).toBeGreaterThan(10);
    expect(Object.keys(rung.bottle.phases)).toContain("agent");
  }
  const [namespace, runc] = report.rungs;
  expect(namespace?.engine).toBeNull();
  const start = runc?.engine?.filter((call) => call.start).map(({ what }) => what) ?? [];
  for (const once of ["create", "ID/attach", "ID/wait", "ID/start", "ID/json"])
    expect(start.filter((what) => what.endsWith(`/containers/${once}`))).toHaveLength(1);
  const text = renderBoot(report);
  expect(text).toContain("against the same agent bare on the host");
  expect(text).toContain("against docker run --rm -i --runtime runc");
  expect(text).toContain(`round trips to the Docker Engine: ${start.length}`);
});
