import { access, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openScene } from "../e2e/support/cli.ts";
import { preparation } from "../support/docker/daemon.ts";
import { need } from "../support/require.ts";
import { lacksVm, openVm } from "../support/vm/vm.ts";
import type { TestVm } from "../support/vm/vm.ts";
import { killPoint } from "./support/count.ts";

const missing = lacksVm();
let vm: TestVm;

beforeAll(async () => {
  if (missing === undefined) vm = await openVm({ loss: 5 });
}, preparation);
beforeEach((context) => need(context, missing));
afterEach(async () => {
  await vm?.wire.set("restore");
  // What a failed case left is not the next one's.
  await vm?.run(
    "docker ps -aq | xargs -r docker rm -f; docker volume ls -q --filter label=claude-bottle.id | xargs -r docker volume rm -f; docker network prune -f",
  );
});
afterAll(() => vm?.[Symbol.asyncDispose](), preparation);

async function left(): Promise<string> {
  const { stdout } = await vm.run(
    "docker ps -aq; docker network ls -q --filter label=claude-bottle.id; docker volume ls -q --filter label=claude-bottle.id",
  );
  return stdout;
}

/** Longer than ssh takes to notice. */
const noticed = 22_000;

describe("the way to the machine is cut while a bottle's supervisor is at a step", () => {
  it.for(["directories", "gateway", "launched", "helper", "proof", "agent", "exit", "stopped"])(
    "%s: it ends well or says why, nothing is lost, and the next start finds nothing in its way",
    { timeout: 240_000 },
    async (step, { task }) => {
      await using scene = await openScene(
        `version: 1
bottles: {dev: {place: "${vm.place}", ttl: 2m}}
agents: {me: {bottle: dev, provider: shell}}
`,
        { ...vm.env, XDG_RUNTIME_DIR: join(vm.home, "run") },
      );
      const marker = join(scene.folder, "marker");
      const pause = { BOTTLE_TEST_PAUSE: `${step}=${marker}` };
      const prompt = "echo work >work; echo out; exit 7";
      const cli = scene.spawnStart(["--headless", "--yes", "--prompt", prompt], pause);
      const waits = (): Promise<boolean> =>
        access(marker).then(
          () => true,
          () => false,
        );
      while (!(await waits())) {
        if (cli.process.exitCode !== null) throw new Error((await cli.ended).stderr);
        await sleep(50);
      }
      await vm.wire.set("cut");
      await rm(marker);
      await sleep(noticed);
      await vm.wire.set("restore");
      const end = await cli.ended;
      expect([7, 125]).toContain(end.code);
      if (end.code === 125)
        expect(end.stderr).toMatch(/error E_(?:PLACE|GATEWAY|RUNG|HELPER|CARRY|DOCKER)/);
      else expect(end.stdout).toBe("out\n");
      const { stdout } = await scene.run(["ps", "--all", "--format", "json"]);
      const [{ id }] = JSON.parse(stdout) as [{ readonly id: string }];
      // The work of an agent that ran is there, fetched by then or fetched now.
      const resumed = await scene.run([
        "resume",
        id,
        "--headless",
        "--yes",
        "--prompt",
        "cat work; true",
      ]);
      const ran = end.code === 7 || ["agent", "exit", "stopped"].includes(step);
      expect(resumed).toMatchObject(ran ? { code: 0, stdout: "work\n" } : { code: 0 });
      const record = join(scene.stateHome, "claude-bottle", id);
      if (ran) expect(await readFile(join(record, "workspace/work"), "utf8")).toBe("work\n");
      expect(await left()).toBe("");
      killPoint(task);
    },
  );
});
