/**
 * A whole start on the rung kata, against a daemon that has runc under Kata's name: `bottle start` refuses before anything is made,
 * and where it did not, the proof would. Kata itself cannot boot where these tests run.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Diagnosis } from "../../src/compose/doctor/diagnose.ts";
import { planStart } from "../../src/compose/plan-start.ts";
import { prefork } from "../../src/compose/prefork.ts";
import { launchPlanned } from "../../src/compose/start.ts";
import type { Session } from "../../src/lifecycle/session.ts";
import { openTestHome } from "../support/bottle.ts";
import type { TestHome } from "../support/bottle.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { openScene } from "./support/cli.ts";

withDaemon({ networks: true, runtimes: { kata: { path: "runc" } } });

const manifest = JSON.stringify({
  version: 1,
  bottles: { dev: { rung: "kata" } },
  agents: { agent: { bottle: "dev", provider: "shell" } },
});

/** The plan that this start would have, if this machine and its daemon were fit for Kata. */
async function startAnyway(home: TestHome): Promise<Session> {
  const file = join(home.dir, "bottles.json");
  await writeFile(file, manifest);
  const planned = await planStart(home.host, {
    ...{ agent: undefined, prompt: "true", headless: true, args: [], terminal: null },
    ...{ rung: "runc", link: "network", workspace: home.workspace, manifest: file },
  });
  const rung = { ...planned.plan.rung, chosen: "kata" } as const;
  return launchPlanned(
    home.host,
    { ...planned, plan: { ...planned.plan, rung } },
    () => prefork(home.host),
    {
      ...{ ask: undefined, progress: () => undefined },
      output: { stdout: () => undefined, stderr: () => undefined },
    },
  );
}

describe("the rung kata on a machine that is not fit for it", () => {
  it("is refused with what is missing, and the doctor lists everything that it needs", async () => {
    await using scene = await openScene(manifest);
    const refused = await scene.start(["--dry-run", "--format", "json"]);
    expect(refused.code).toBe(125);
    const { errors } = JSON.parse(refused.stdout || refused.stderr) as {
      readonly errors: readonly { readonly code: string; readonly next: string }[];
    };
    expect(errors).toMatchObject([
      { code: "E_RUNG_UNAVAILABLE", what: "The rung kata cannot be used here." },
    ]);
    expect(errors[0]?.next).toBeTruthy();
    const doctor = await scene.run(["doctor", "--format", "json"]);
    const { groups, rungs } = JSON.parse(doctor.stdout) as Diagnosis;
    const own = groups.find(({ name }) => name === "rung kata")?.checks ?? [];
    expect(own.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["kata-kvm", "kata-modules", "kata-docker", "kata-runtime"]),
    );
    expect(own.find(({ name }) => name === "kata-runtime")).toMatchObject({ state: "good" });
    expect(rungs.find(({ rung }) => rung === "kata")).toMatchObject({
      ...{ built: true, available: false },
      remedy: expect.any(String) as string,
    });
  });

  it("ends in the proof where it is started all the same, and no agent runs", async () => {
    await using home = await openTestHome();
    const session = await startAnyway(home);
    session.proof.catch(() => undefined);
    const started = session.started.then(
      () => true,
      () => false,
    );
    await expect(session.ended).rejects.toMatchObject({
      code: "E_PROOF_FAILED",
      message: expect.stringContaining("guest-kernel") as string,
    });
    expect(await started).toBe(false);
  });
});
