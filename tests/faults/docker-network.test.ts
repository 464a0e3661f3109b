/** Faults of the link network: its supervisor, its gateway, its daemon, and what its networks are called and have for addresses. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { idLabel, ownerLabel, ownerMark, writeOwner } from "../../src/backends/docker/labels.ts";
import { subnetsOf } from "../../src/backends/docker/network/subnet.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { isTold, nothingGoesOut, nothingIsLeft, stateOf, workIsThere } from "./support/checks.ts";
import { killPoint } from "./support/count.ts";
import { openFaultScene } from "./support/scene.ts";
import type { FaultScene } from "./support/scene.ts";
import { endlessRun, shortRun, workOf } from "./support/scripts.ts";
import { isBefore } from "./support/steps.ts";
import { until } from "./support/until.ts";
import { openWorld } from "./support/world.ts";
import type { World } from "./support/world.ts";

const daemon = withDaemon({ networks: true });
const patient = { timeout: 120_000 };

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world[Symbol.asyncDispose]());

function open(): Promise<FaultScene> {
  return openFaultScene(world, { rung: "runc" });
}

interface Made {
  readonly Id: string;
  readonly name: string;
}

/** Containers and networks of this scene's bottles. */
async function madeFor({ mark }: FaultScene): Promise<readonly Made[]> {
  const filters = JSON.stringify({ label: [idLabel] });
  const [containers, networks] = await Promise.all([
    daemon().engine.call("GET", "/containers/json", { query: { all: "1", filters } }),
    daemon().engine.call("GET", "/networks", { query: { filters } }),
  ]);
  const all = [
    ...(containers as readonly { readonly Id: string; readonly Names: readonly string[] }[]).map(
      ({ Id, Names: [name = ""] }) => ({ Id, name: name.slice(1) }),
    ),
    ...(networks as readonly { readonly Id: string; readonly Name: string }[]).map(
      ({ Id, Name }) => ({ Id, name: Name }),
    ),
  ];
  return all.filter(({ name }) => name.startsWith(`claude-bottle-${mark}`));
}

async function nothingIsMade(scene: FaultScene): Promise<void> {
  await until(
    "no container and no network is left",
    async () => (await madeFor(scene)).length === 0,
  );
}

async function network(name: string, subnet: string, labels: object = {}): Promise<string> {
  const json = {
    Name: name,
    Internal: true,
    IPAM: { Config: [{ Subnet: subnet }] },
    Labels: labels,
  };
  const made = await daemon().engine.call("POST", "/networks/create", { json });
  return (made as { readonly Id: string }).Id;
}

describe("the supervisor of a bottle on a network is killed: the bottle and its gateway die with it", () => {
  const steps = ["launched", "gateway", "proof", "running", "exit", "undo bottle"] as const;
  test.for(steps)("at %s", patient, async (step, { task }) => {
    await using scene = await open();
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt(step));
    await scene.paused();
    await scene.hit("supervisor", "SIGKILL");
    isTold(await cli.ended, /^E_SUPERVISOR_GONE$/);
    await nothingIsLeft(scene);
    await nothingIsMade(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, isBefore("running", step), step === "running");
    killPoint(task);
  });

  test("while its networks and containers are made", patient, async ({ task }) => {
    await using scene = await open();
    const cli = scene.start(shortRun(scene, world));
    await until("there is a network", async () => (await madeFor(scene)).length > 0);
    await scene.hit("supervisor", "SIGKILL");
    isTold(await cli.ended, /^E_SUPERVISOR_GONE$/);
    // What the daemon was still about goes with the next look.
    await until("everything is swept", async () => {
      await scene.run(["cleanup"]);
      return (await madeFor(scene)).length === 0;
    });
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    killPoint(task);
  });

  test("and what it left is told of, and swept", patient, async ({ task }) => {
    await using scene = await open();
    const cli = scene.start(endlessRun(scene, world), undefined, scene.pauseAt("running"));
    await scene.paused();
    await scene.hit("supervisor", "SIGKILL");
    isTold(await cli.ended, /^E_SUPERVISOR_GONE$/);
    await until("the processes are gone", () => Promise.resolve(scene.look().length === 0));
    const cleaned = await scene.run(["cleanup"]);
    expect(cleaned.stdout).toMatch(/removed network claude-bottle-\S+-out/);
    await nothingIsMade(scene);
    await nothingIsLeft(scene);
    killPoint(task);
  });
});

test(
  "the gateway's container is killed: the bottle ends, it is told, and nothing is left",
  patient,
  async ({ task }) => {
    await using scene = await open();
    const cli = scene.start(endlessRun(scene, world));
    await until(
      "it works",
      async () => (await scene.record("workspace/work.txt")) === workOf(scene),
    );
    const gateway = (await madeFor(scene)).find(({ name }) => name.endsWith("-gateway"));
    await daemon().engine.call("POST", `/containers/${gateway?.Id}/kill`);
    isTold(await cli.ended, /^E_GATEWAY_LOST$/);
    await nothingIsMade(scene);
    await nothingIsLeft(scene);
    await nothingGoesOut(scene, world);
    await workIsThere(scene, true);
    killPoint(task);
  },
);

describe("the name of a network is taken", () => {
  test("by somebody else's: the start says so, and leaves it alone", patient, async ({ task }) => {
    await using scene = await open();
    const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt("directories"));
    await scene.paused();
    const id = (await scene.id()) ?? "";
    const theirs = await network(`claude-bottle-${id}-out`, "198.18.250.0/29");
    await scene.goOn();
    const end = await cli.ended;
    isTold(end, /^E_RUNG_LAUNCH$/);
    expect(end.stderr).toContain("already exists");
    expect(await daemon().engine.call("GET", `/networks/${theirs}`)).toMatchObject({ Id: theirs });
    await daemon().engine.call("DELETE", `/networks/${theirs}`);
    await nothingIsMade(scene);
    await nothingIsLeft(scene);
    killPoint(task);
  });

  test(
    "by what a dead supervisor left of the same bottle: it goes, and the bottle starts",
    patient,
    async ({ task }) => {
      await using scene = await open();
      const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt("directories"));
      await scene.paused();
      const id = (await scene.id()) ?? "";
      const dead = { ...ownerMark(process.getuid?.() ?? -1, process.pid), started: 1 };
      const labels = { [idLabel]: id, [ownerLabel]: writeOwner(dead) };
      await network(`claude-bottle-${id}`, "198.18.251.0/29", labels);
      await scene.goOn();
      expect(await cli.ended).toMatchObject({ code: 7 });
      await nothingIsMade(scene);
      await nothingIsLeft(scene);
      killPoint(task);
    },
  );
});

test("the addresses of a bottle's networks are taken: it has others", patient, async ({ task }) => {
  await using scene = await open();
  const cli = scene.start(shortRun(scene, world), undefined, scene.pauseAt("directories"));
  await scene.paused();
  const id = (await scene.id()) ?? "";
  const theirs = await Promise.all([
    network(`theirs-${id}-1`, subnetsOf(id, 0).inside.cidr),
    network(`theirs-${id}-2`, subnetsOf(id, 1).outside.cidr),
  ]);
  await scene.goOn();
  expect(await cli.ended).toMatchObject({ code: 7 });
  for (const one of theirs) await daemon().engine.call("DELETE", `/networks/${one}`);
  await nothingIsMade(scene);
  await nothingIsLeft(scene);
  killPoint(task);
});

test("five starts at once, in one folder, never collide", patient, async ({ task }) => {
  await using scene = await open();
  const starts = Array.from({ length: 5 }, () => scene.start(shortRun(scene, world)));
  const ends = await Promise.all(starts.map(({ ended }) => ended));
  expect(ends.map(({ code }) => code)).toEqual([7, 7, 7, 7, 7]);
  expect(world.asked(scene.mark)).toBe(5);
  await nothingIsMade(scene);
  await nothingIsLeft(scene);
  await nothingGoesOut(scene, world);
  killPoint(task, 5);
});

// Last: it is another daemon afterwards.
test(
  "the daemon is killed: bottle and gateway end, and are swept when there is a daemon again",
  patient,
  async ({ task }) => {
    await using scene = await open();
    const cli = scene.start(endlessRun(scene, world));
    await until(
      "it works",
      async () => (await scene.record("workspace/work.txt")) === workOf(scene),
    );
    await until("it runs", async () => (await stateOf(scene))["state"] === "running");
    scene.look();
    await daemon().crash();
    isTold(await cli.ended, /^E_(HELPER|GATEWAY_LOST)$/);
    await until("no process is left", () => Promise.resolve(scene.look().length === 0));
    await nothingGoesOut(scene, world);
    await daemon().restart();
    await scene.run(["cleanup"]);
    await nothingIsMade(scene);
    await nothingIsLeft(scene);
    await workIsThere(scene, true);
    killPoint(task);
  },
);
