/** Bottles of a daemon that gives its containers a user namespace (`userns-remap`), at a socket of this machine. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { labelledVolumes } from "../../src/backends/docker/carried/volumes.ts";
import { dist, openTestHome, startTestBottle } from "../support/bottle.ts";
import type { TestHome } from "../support/bottle.ts";
import { withDaemon } from "../support/docker/suite.ts";

const daemon = withDaemon({ networks: true, remaps: true });
const patient = { timeout: 120_000 };
const bottle = { rung: "runc" };

// What nobody asked for is what is tried.
beforeAll(() => void delete process.env["BOTTLE_TEST_LINK"]);

describe("a daemon whose containers have a user namespace", () => {
  test(
    "makes a bottle that names no link, which proves itself, and whose work comes back",
    patient,
    async () => {
      await using home = await openTestHome();
      await writeFile(join(home.workspace, "a.txt"), "mine\n");
      await using run = await startTestBottle({
        home,
        bottle,
        prompt:
          "cat a.txt; id -u; awk '{print $2}' /proc/self/uid_map; echo theirs > a.txt; exit 7",
      });
      const { id } = run.bottle;
      const end = await run.bottle.ended;
      expect([run.stderr(), run.stdout(), end.code]).toEqual(["", "mine\n1000\n500000\n", 7]);
      const file = join(end.record, "workspace/a.txt");
      expect(readFileSync(file, "utf8")).toBe("theirs\n");
      expect(statSync(file).uid).not.toBe(501_000);
      expect(existsSync(join(end.record, "away"))).toBe(false);
      const plan = JSON.parse(readFileSync(join(end.record, "plan.json"), "utf8")) as object;
      expect(plan).toMatchObject({ link: "network", ownUsers: true });
      const { engine } = daemon();
      const labelled = (await labelledVolumes(engine)).filter((one) => one.id === id);
      const containers = await engine.call("GET", "/containers/json", { query: { all: "1" } });
      const networks = (await engine.call("GET", "/networks")) as readonly {
        readonly Name: string;
      }[];
      expect([labelled, containers]).toEqual([[], []]);
      expect(networks.filter(({ Name }) => Name.includes(id))).toEqual([]);
    },
  );

  test("is refused to whoever asks for the link socket, with the reason", patient, async () => {
    await using home = await openTestHome();
    const asked = startTestBottle({ home, bottle: { ...bottle, link: "socket" } });
    await expect(asked).rejects.toMatchObject({
      code: "E_RUNG_UNAVAILABLE",
      why: expect.stringContaining("user namespace (userns-remap)") as string,
      next: expect.stringContaining("`link: network`") as string,
    });
  });

  test("is told by plan and doctor", patient, async () => {
    await using home = await openTestHome();
    const manifest = join(home.dir, "m.json");
    const agents = { tester: { bottle: "dev", provider: "shell" } };
    await writeFile(manifest, JSON.stringify({ version: 1, bottles: { dev: bottle }, agents }));
    const start = ["start", "tester", "--dry-run", "--headless", "--prompt", "true"];
    const plan = await cli(home, [...start, "--manifest", manifest]);
    const words = plan.stdout.replaceAll(/\s+/g, " ");
    expect(words).toContain(
      "network: an internal network, where nothing but the gateway answers; the daemon runs containers in a user namespace (userns-remap), in which a bottle's files would be nobody's",
    );
    const doctor = JSON.parse((await cli(home, ["doctor", "--format", "json"])).stdout) as Doctor;
    expect(doctor.rungs.find(({ rung }) => rung === "runc")).toMatchObject({
      available: true,
      detail: expect.stringContaining("an internal network") as string,
    });
    const checks = doctor.groups.flatMap((group) => group.checks);
    expect(checks.filter(({ name }) => name === "docker-users")).toContainEqual({
      name: "docker-users",
      state: "good",
      detail: expect.stringContaining(
        "(userns-remap), into which a bottle's files are carried",
      ) as string,
    });
  });

  test("keeps the work of a supervisor that was killed, for whoever asks", patient, async () => {
    await using home = await openTestHome();
    await using run = await startTestBottle({
      home,
      bottle,
      prompt: "echo new > b.txt; echo ready; exec sleep 300",
    });
    const { id } = run.bottle;
    for (const begun = Date.now(); !run.stdout().includes("ready"); await sleep(50))
      if (Date.now() - begun > 60_000) throw new Error("never ready");
    const record = join(home.stateHome, "claude-bottle", id);
    const { pid } = JSON.parse(readFileSync(join(record, "state.json"), "utf8")) as { pid: number };
    process.kill(pid, "SIGKILL");
    await run.bottle.ended.catch(() => undefined);
    expect((await cli(home, ["diff", id])).stdout).toContain("+new");
    expect((await labelledVolumes(daemon().engine)).filter((one) => one.id === id)).toEqual([]);
  });
});

interface Doctor {
  readonly rungs: readonly { readonly rung: string }[];
  readonly groups: readonly { readonly checks: readonly { readonly name: string }[] }[];
}

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
}

function cli(home: TestHome, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: home.env, cwd: home.workspace };
    execFile(process.execPath, [join(dist, "cli.js"), ...args], options, (_error, stdout, stderr) =>
      resolve({ stdout, stderr }),
    );
  });
}
