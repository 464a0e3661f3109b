import { access, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openScene } from "../e2e/support/cli.ts";
import { preparation } from "../support/docker/daemon.ts";
import { need } from "../support/require.ts";
import { makeImages } from "../support/vm/images.ts";
import { lacksVm, openVm } from "../support/vm/vm.ts";
import type { TestVm } from "../support/vm/vm.ts";
import { killPoint } from "./support/count.ts";

const missing = lacksVm();
let vm: TestVm;

beforeAll(async () => {
  if (missing !== undefined) return;
  vm = await openVm({ loss: 5, hasty: true });
  await makeImages(vm);
}, preparation);
beforeEach((context) => need(context, missing));
afterAll(() => vm?.[Symbol.asyncDispose](), preparation);

/** Of one bottle. */
async function left(id: string): Promise<string> {
  const of = `--filter label=claude-bottle.id=${id}`;
  const { stdout } = await vm.run(
    `docker ps -aq ${of}; docker network ls -q ${of}; docker volume ls -q ${of}`,
  );
  return stdout;
}

/** Of any, and every container whosever it is. */
async function anythingLeft(): Promise<string> {
  const of = "--filter label=claude-bottle.id";
  const { stdout } = await vm.run(
    `docker ps -aq; docker network ls -q ${of}; docker volume ls -q ${of}`,
  );
  return stdout;
}

// Each has an owner and a bottle of its own on the machine, and they mostly wait: they do so together.
describe.concurrent("the way to the machine is cut while a bottle's supervisor is at a step", () => {
  it.for(["directories", "gateway", "launched", "helper", "proof", "agent", "exit", "stopped"])(
    "%s: it ends well or says why, nothing is lost, and the next start finds nothing in its way",
    { timeout: 240_000 },
    async (step, { task }) => {
      const owner = vm.owner();
      await using scene = await openScene(
        `version: 1
bottles: {dev: {place: "${vm.place}", ttl: 2m}}
agents: {me: {bottle: dev, provider: shell}}
`,
        { ...owner.env, XDG_RUNTIME_DIR: join(owner.home, "run") },
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
      await owner.cut();
      await rm(marker);
      await owner.noticed(cli.ended);
      await owner.restore();
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
      expect(await left(id)).toBe("");
      killPoint(task);
    },
  );
});

it("and in the end there is nothing of any of them", async () => {
  expect(await anythingLeft()).toBe("");
});
