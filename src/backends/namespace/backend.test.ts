import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { openLab } from "../../../test/support/namespace-lab.ts";

test("a bottle starts, runs a command and is gone after stop", async () => {
  using lab = openLab();
  await using bottle = await lab.launch();
  const { stdout, stderr } = await bottle.sh(
    "id; hostname; cat /proc/self/status; ls -la / /etc /run /opt/claude-bottle /proc/1/; cat /proc/mounts; ls -la /dev /dev/shm; cat /proc/sys/kernel/core_pattern; cat /proc/kallsyms | head -1; cat /proc/net/dev",
  );
  console.log(stdout, stderr);
  console.log(await bottle.running.processes());
  const pids = await bottle.running.processes();
  await bottle.running.stop(500);
  expect(readdirSync("/proc").filter((pid) => pids.includes(Number(pid)))).toEqual([]);
});
