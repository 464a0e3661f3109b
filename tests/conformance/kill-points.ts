/** Kills one part of a running bottle after the other: what must live on lives on, and nothing else is left. */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { hostPaths } from "../../src/compose/paths.ts";
import type { RungName } from "../../src/manifest/manifest.ts";
import { startBottleProcess } from "../support/bottle-process.ts";
import { openTestHome, startTestBottle } from "../support/bottle.ts";
import type { TestHome } from "../support/bottle.ts";

interface State {
  readonly state: string;
  readonly code?: number | null;
  readonly pid: number;
  readonly bottlePid?: number;
}

/** Waits for a condition; the bound is generous, for it is no measurement. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 400; waited += 1) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error(`never came true: ${what}`);
}

async function stateOf(home: TestHome): Promise<State | undefined> {
  const dir = join(home.stateHome, "claude-bottle");
  const [id] = await readdir(dir).catch(() => []);
  if (id === undefined) return undefined;
  const text = await readFile(join(dir, id, "state.json"), "utf8").catch(() => "");
  return text === "" ? undefined : (JSON.parse(text) as State);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function killPoints(rung: RungName): void {
  describe(`on the rung ${rung}, when`, () => {
    test("the client is killed, the bottle goes on to its end and its work is kept", async () => {
      await using home = await openTestHome();
      await using client = await startBottleProcess(home, {
        rung,
        prompt: "sleep 2; echo kept > work.txt; exit 5",
      });
      await until("it runs", async () => (await stateOf(home))?.state === "running");
      client.kill("SIGKILL");
      await until("it ended", async () => (await stateOf(home))?.state === "exited");
      expect(await stateOf(home)).toMatchObject({ code: 5 });
      const record = join(home.stateHome, "claude-bottle", client.id());
      expect(await readFile(join(record, "workspace", "work.txt"), "utf8")).toBe("kept\n");
    });

    test("the supervisor is killed, the bottle dies with it, and the next start sweeps", async () => {
      await using home = await openTestHome();
      await using client = await startBottleProcess(home, {
        rung,
        prompt: "echo half > work.txt; sleep 300",
      });
      await until("it runs", async () => (await stateOf(home))?.state === "running");
      const { pid, bottlePid = 0 } = (await stateOf(home)) as State;
      process.kill(pid, "SIGKILL");
      await until("no process is left", () => Promise.resolve(!isAlive(bottlePid)));
      expect(await client.ended).toBe(125);
      expect(client.stderr()).toContain("E_SUPERVISOR_GONE");
      const record = join(home.stateHome, "claude-bottle", client.id());
      expect(await readFile(join(record, "workspace", "work.txt"), "utf8")).toBe("half\n");

      const run = join(hostPaths(home.host).runHome, client.id());
      expect(await readdir(run)).toContain("control.sock");
      await using next = await startTestBottle({ home, bottle: { rung }, prompt: "true" });
      await next.bottle.ended;
      await expect(readdir(run)).rejects.toMatchObject({ code: "ENOENT" });
    });

    test("the client is interrupted, the agent gets the signal and its exit code counts", async () => {
      await using home = await openTestHome();
      await using client = await startBottleProcess(home, {
        rung,
        prompt:
          "trap 'echo caught > trapped; exit 42' INT; echo ready > ready; while :; do sleep 0.1; done",
      });
      await until("it runs", async () => (await stateOf(home))?.state === "running");
      const workspace = join(home.stateHome, "claude-bottle", client.id(), "workspace");
      await until("the trap is set", async () => (await readdir(workspace)).includes("ready"));
      client.kill("SIGINT");
      expect(await client.ended).toBe(42);
      expect(await readFile(join(workspace, "trapped"), "utf8")).toBe("caught\n");
    });

    test("the supervisor is told to end, the bottle is stopped and its record closed", async () => {
      await using home = await openTestHome();
      await using client = await startBottleProcess(home, { rung, prompt: "sleep 300" });
      await until("it runs", async () => (await stateOf(home))?.state === "running");
      const { pid, bottlePid = 0 } = (await stateOf(home)) as State;
      process.kill(pid, "SIGTERM");
      expect(await client.ended).toBeGreaterThanOrEqual(128);
      expect(await stateOf(home)).toMatchObject({ state: "exited" });
      expect(isAlive(bottlePid)).toBe(false);
    });

    test("the client gives up before the start, nothing is started", async () => {
      await using home = await openTestHome();
      await writeFile(join(home.dir, "broken.json"), "{");
      await using client = await startBottleProcess(home, {
        rung,
        manifest: join(home.dir, "broken.json"),
        prompt: "true",
      });
      expect(await client.ended).toBe(125);
      expect(await readdir(home.stateHome)).toEqual([]);
    });
  });
}
