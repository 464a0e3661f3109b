/** A hijacked helper: it has the agent's own uid, so that an agent can take its channel to the supervisor. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import type { RungName } from "../../src/manifest/manifest.ts";
import { openTestHome, startTestBottle } from "../support/bottle.ts";
import { capabilitiesOf, noDescriptors } from "../support/capabilities.ts";
import { notApplicable } from "../support/require.ts";
import type { TestHome } from "../support/bottle.ts";

/** pidfd_open(2) and pidfd_getfd(2), the same numbers everywhere: descriptor 3 of the helper, process 2 of every bottle. */
function withChannel(script: string): readonly string[] {
  return [
    "/usr/bin/python3",
    "-c",
    `
import ctypes, os, socket, time
libc = ctypes.CDLL(None, use_errno=True)
channel = socket.socket(fileno=libc.syscall(438, libc.syscall(434, 2, 0), 3, 0))
channel.setblocking(True)
print("taken", flush=True)
# The helper hands this on: two writers at once would cut each other's lines.
time.sleep(0.3)
${script}`,
  ];
}

/** Megabytes that the supervisor holds in memory. */
async function supervisorMemory(home: TestHome, id: string): Promise<number> {
  const state = await readFile(join(home.stateHome, "claude-bottle", id, "state.json"), "utf8");
  const { pid } = JSON.parse(state) as { readonly pid: number };
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** The suite for one rung. */
export function hijackedHelper(rung: RungName): void {
  describe(`a hijacked helper on the rung ${rung}`, () => {
    beforeEach((context) => {
      if (!capabilitiesOf(rung).takesDescriptors) notApplicable(context, noDescriptors);
    });

    test("cannot fill the supervisor's memory with output of no bytes", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({ home, bottle: { rung } });
      await run.bottle.started;
      const flood = `
line = b'{"type":"exec-output","exec":1,"stream":"stdout","data":""}\\n' * 2000
until = time.time() + 3
while time.time() < until: channel.sendall(line)`;
      const flooded = run.bottle.exec(withChannel(flood));
      await sleep(3000);
      expect(await supervisorMemory(home, run.bottle.id)).toBeLessThan(250);
      expect((await flooded).stdout).toBe("taken\n");
    });

    test("cannot make up an end that no program can report", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({ home, bottle: { rung } });
      await run.bottle.started;
      const lie = `channel.sendall(b'{"type":"exited","code":1.5,"signal":"SIGFOO"}\\n')`;
      await run.bottle.exec(withChannel(lie));
      expect(await run.bottle.ended).toMatchObject({ code: null, signal: null });
    });

    test("loses its bottle with words that are no message", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({ home, bottle: { rung } });
      await run.bottle.started;
      await run.bottle.exec(withChannel(`channel.sendall(b"x" * 3000000)`));
      await expect(run.bottle.ended).rejects.toMatchObject({ code: "E_HELPER" });
    });
  });
}
