import { expect, test } from "vitest";
import { openLab } from "../../../test/support/namespace-lab.ts";
import { isAlive, readProcess } from "./processes.ts";

test("a bottle runs a command and has no process left after stop", async () => {
  using lab = openLab();
  await using bottle = await lab.launch();
  expect((await bottle.sh("echo hello")).stdout).toBe("hello\n");
  await bottle.sh(
    "sleep 300 >/dev/null 2>&1 </dev/null & setsid sleep 301 >/dev/null 2>&1 </dev/null &",
  );
  const found = (await bottle.running.processes()).flatMap((pid) => readProcess(pid) ?? []);
  expect(found.length).toBeGreaterThanOrEqual(5);
  await bottle.running.stop(0);
  expect(found.filter(isAlive)).toEqual([]);
});
