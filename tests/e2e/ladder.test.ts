/** `rung: auto` and `minimumRung` as a user meets them: in plan, list, info and doctor, and in a bottle that goes on. */
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Diagnosis } from "../../src/compose/doctor/diagnose.ts";
import type { RungChoice } from "../../src/plan/plan.ts";
import { openScene } from "./support/cli.ts";
import type { Scene } from "./support/cli.ts";

/** One bottle and its agent, JSON being YAML. */
function manifest(bottle: object): string {
  const agents = { agent: { bottle: "dev", provider: "shell" } };
  return JSON.stringify({ version: 1, bottles: { dev: bottle }, agents });
}

const nobody = (scene: Scene): NodeJS.ProcessEnv => ({
  DOCKER_HOST: `unix://${scene.folder}/nobody.sock`,
});

async function planned(scene: Scene, env: NodeJS.ProcessEnv): Promise<RungChoice> {
  const { code, stdout, stderr } = await scene.start(["--dry-run", "--format", "json"], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return (JSON.parse(stdout) as { readonly rung: RungChoice }).rung;
}

/** A daemon that takes every question and answers none. */
async function openSilent(
  path: string,
): Promise<{ readonly asked: () => number } & AsyncDisposable> {
  let asked = 0;
  const server = createServer((socket) => {
    asked += 1;
    socket.on("error", () => undefined).resume();
  });
  await new Promise<void>((done) => server.listen(path, done));
  return {
    asked: () => asked,
    [Symbol.asyncDispose]: () => new Promise((done) => server.close(() => done())),
  };
}

describe("rung: auto", () => {
  it("takes what is ready here, and says of each stronger rung why not, in the plan and wherever an agent is shown", async () => {
    await using scene = await openScene(manifest({ rung: "auto" }));
    const env = nobody(scene);
    const choice = await planned(scene, env);
    expect(choice.chosen).toBe("namespace");
    expect(choice.reason).toMatch(/^the strongest that is ready here; /);
    expect(choice.stronger.map(({ rung }) => rung)).toEqual([
      ...["gvisor", "kata", "qemu", "firecracker", "apple"],
    ]);
    const { stdout: preflight } = await scene.start(["--dry-run"], env);
    expect(preflight).toContain("namespace: the strongest that is ready here");
    expect(preflight).toContain("stronger ones, and why not:");
    const where = ["--manifest", scene.manifest];
    const info = await scene.run(["info", "agent", ...where, "--format", "json"], env);
    expect(JSON.parse(info.stdout)).toMatchObject({
      rung: { asked: "auto", minimum: "namespace", usable: true, ...choice },
    });
    const shown = await scene.run(["info", "agent", ...where], env);
    expect(shown.stdout).toContain("stronger ones, and why not:");
    const list = await scene.run(["list", ...where, "--format", "json"], env);
    expect(JSON.parse(list.stdout)).toMatchObject([
      { rung: "auto", here: { usable: true, ...choice } },
    ]);
    const listed = await scene.run(["list", ...where], env);
    expect(listed.stdout).toContain("auto (namespace)");
    const doctor = await scene.run(["doctor", ...where, "--format", "json"], env);
    const rungs = new Map(
      (JSON.parse(doctor.stdout) as Diagnosis).rungs.map(({ rung, detail }) => [rung, detail]),
    );
    for (const { rung, reason } of choice.stronger) expect(rungs.get(rung)).toBe(reason);
  });

  it("does not wait for a daemon that hangs, and says that it does", async () => {
    await using scene = await openScene(manifest({ rung: "auto" }));
    const socket = join(scene.folder, "silent.sock");
    await using silent = await openSilent(socket);
    const env = { DOCKER_HOST: `unix://${socket}` };
    expect((await planned(scene, env)).chosen).toBe("namespace");
    expect(silent.asked()).toBeGreaterThan(0);
    const doctor = await scene.run(["doctor", "--format", "json"], env);
    expect((JSON.parse(doctor.stdout) as Diagnosis).rungs).toContainEqual({
      ...{ rung: "runc", built: true, available: false, remedy: "Look at the log of the daemon." },
      detail: "the Docker daemon is there and does not answer",
    });
  }, 60_000);

  it("asks no daemon anything where the default rung is wished for", async () => {
    await using scene = await openScene(manifest({}));
    const socket = join(scene.folder, "silent.sock");
    await using silent = await openSilent(socket);
    const choice = await planned(scene, { DOCKER_HOST: `unix://${socket}` });
    expect(choice.stronger[0]?.reason).toMatch(/^the bottle asks for namespace$|^not part/);
    expect(silent.asked()).toBe(0);
  });
});

describe("minimumRung", () => {
  it("refuses what is weaker, with the reason of each that would be enough", async () => {
    await using scene = await openScene(manifest({ rung: "auto", minimumRung: "kata" }));
    const env = nobody(scene);
    const args = ["--dry-run", "--format", "json"];
    const auto = await scene.start(args, env);
    expect(auto.code).toBe(125);
    expect(JSON.parse(auto.stdout || auto.stderr)).toMatchObject({
      errors: [
        {
          code: "E_RUNG_UNAVAILABLE",
          what: "No rung of kata or stronger can be used here.",
          why: expect.stringMatching(/^kata: .*; qemu: .*; firecracker: .*; apple: /) as string,
        },
      ],
    });
    const named = await scene.start([...args, "--rung", "namespace"], env);
    expect(JSON.parse(named.stdout || named.stderr)).toMatchObject({
      errors: [{ code: "E_RUNG_TOO_LOW" }],
    });
    const list = await scene.run(["list", "--manifest", scene.manifest], env);
    expect(list.stdout).toContain("auto (not here)");
  });
});

describe("a bottle that goes on", () => {
  it("goes on on the rung that it was started on, whatever the manifest says now", async () => {
    await using scene = await openScene(manifest({ rung: "runc" }));
    const env = nobody(scene);
    const run = (args: readonly string[]) =>
      scene.start(["--headless", "--yes", "--rung", "namespace", ...args], env);
    expect(await run(["--prompt", "true"])).toMatchObject({ code: 0 });
    const { id } = JSON.parse(await scene.record("state.json")) as { readonly id: string };
    const again = ["resume", id, "--headless", "--yes", "--prompt", "echo again"];
    const resumed = await scene.run(again, env);
    expect(resumed).toMatchObject({ code: 0 });
    expect(resumed.stdout).toContain("again");
    expect(JSON.parse(await scene.record("plan.json"))).toMatchObject({
      rung: {
        chosen: "namespace",
        reason: expect.stringMatching(/^the bottle was started on it; /) as string,
      },
    });
    // Raised meanwhile: it never goes on below.
    await writeFile(scene.manifest, manifest({ rung: "auto", minimumRung: "gvisor" }));
    const refused = await scene.run(again, env);
    expect(refused.code).toBe(125);
    expect(refused.stderr).toContain("goes on there or nowhere");
    // What does not say where it ran runs nowhere.
    const record = join(scene.stateHome, "claude-bottle", id);
    for (const name of ["plan.json", "state.json"]) {
      const { rung: _rung, ...rest } = JSON.parse(await scene.record(name)) as { rung: unknown };
      await writeFile(join(record, name), JSON.stringify(rest));
    }
    expect((await scene.run(again, env)).stderr).toContain("does not say which rung");
  }, 60_000);
});
