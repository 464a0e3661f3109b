/** Bottles of a daemon that shares no files and no processes with this machine: reached by a port, and by nothing else. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { labelledVolumes } from "../../src/backends/docker/carried/volumes.ts";
import { dist, openTestHome, startTestBottle } from "../support/bottle.ts";
import type { TestHome } from "../support/bottle.ts";
import { withDaemon } from "../support/docker/suite.ts";

const daemon = withDaemon({ networks: true, elsewhere: true });
const patient = { timeout: 120_000 };
const bottle = { rung: "runc", link: "network" };

describe("a bottle whose files are carried", () => {
  test("works on what was carried in, and its work comes back", patient, async () => {
    await using home = await openTestHome();
    await mkdir(join(home.workspace, "folder"));
    await writeFile(join(home.workspace, "folder/a.txt"), "mine\n");
    await using run = await startTestBottle({
      home,
      bottle,
      prompt:
        "cat folder/a.txt; echo theirs > folder/a.txt; echo new > b.txt; echo err >&2; exit 7",
    });
    const end = await run.bottle.ended;
    expect([run.stdout(), run.stderr(), end.code]).toEqual(["mine\n", "err\n", 7]);
    expect(await readFile(join(home.workspace, "folder/a.txt"), "utf8")).toBe("mine\n");
    expect(readFileSync(join(end.record, "workspace/folder/a.txt"), "utf8")).toBe("theirs\n");
    expect(readFileSync(join(end.record, "workspace/b.txt"), "utf8")).toBe("new\n");
    expect(existsSync(join(end.record, "away"))).toBe(false);
    expect(existsSync(join(end.record, "carried"))).toBe(false);
  });

  test(
    "gets every byte of its input, to the end, and loses none of its output",
    patient,
    async () => {
      await using home = await openTestHome();
      let size = 0;
      await using run = await startTestBottle({
        home,
        bottle,
        prompt: "wc -c >&2; head -c 3000000 /dev/zero",
        output: { stdout: (data) => void (size += data.length) },
      });
      run.bottle.input(Buffer.alloc(3_000_000, "x"));
      run.bottle.inputEnd();
      await run.bottle.ended;
      expect([run.stderr().trim(), size]).toEqual(["3000000", 3_000_000]);
    },
  );

  test("shows what it does while it runs, and takes its work up again", patient, async () => {
    await using home = await openTestHome();
    await writeFile(join(home.workspace, "a.txt"), "mine\n");
    await using run = await startTestBottle({
      home,
      bottle,
      prompt: "echo more >> a.txt; echo ready; exec sleep 300",
    });
    await run.bottle.started;
    await until("it has written", () => run.stdout().includes("ready"));
    const seen = await cli(home, ["diff", run.bottle.id]);
    expect(seen.stdout).toContain("+more");
    await run.bottle.stop();
    await run.bottle.ended.catch(() => undefined);
    const again = await cli(home, [
      "resume",
      run.bottle.id,
      "--headless",
      "--yes",
      "--prompt",
      "cat a.txt",
    ]);
    expect(again).toMatchObject({ code: 0, stdout: "mine\nmore\n" });
  });
});

describe("connections to the daemon are cut while a bottle works", () => {
  test(
    "nothing of its output, its input or its work is lost, and nothing comes twice",
    patient,
    async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({
        home,
        bottle,
        prompt: "for n in $(seq 60); do echo line $n; sleep 0.1; done; cat > got; wc -c < got",
      });
      await until("it works", () => run.stdout().includes("line 5\n"));
      for (let times = 0; times < 6; times += 1) {
        daemon().cut();
        run.bottle.input(Buffer.alloc(50_000, `${times}`));
        await sleep(700);
      }
      run.bottle.inputEnd();
      const end = await run.bottle.ended;
      const lines = Array.from({ length: 60 }, (_, index) => `line ${index + 1}\n`).join("");
      expect(run.stdout()).toBe(`${lines}300000\n`);
      const got = readFileSync(join(end.record, "workspace/got"), "latin1");
      expect(got === [0, 1, 2, 3, 4, 5].map((times) => `${times}`.repeat(50_000)).join("")).toBe(
        true,
      );
      expect(end.code).toBe(0);
    },
  );

  test(
    "work that cannot come home then is kept there, and comes for whoever asks",
    patient,
    async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({
        home,
        bottle,
        prompt: "head -c 60000000 /dev/urandom > large; echo done",
      });
      await until("it has ended", () => run.stdout().includes("done"));
      // Until it is given up: more often than what comes could be carried.
      let over = false;
      const cutting = (async () => {
        while (!over) {
          daemon().cut();
          await sleep(40);
        }
      })();
      const ended = await run.bottle.ended.then(
        () => "exited",
        (error: unknown) => (error as { code?: string }).code,
      );
      over = true;
      await cutting;
      const record = join(home.stateHome, "claude-bottle", run.bottle.id);
      expect(ended).toBe("E_CARRY_OUT");
      expect(existsSync(join(record, "workspace/large"))).toBe(false);
      const seen = await cli(home, ["diff", run.bottle.id, "--stat"]);
      expect(seen.stdout).toContain("large");
      expect(statSync(join(record, "workspace/large")).size).toBe(60_000_000);
      expect(await volumesOf(run.bottle.id)).toEqual([]);
    },
  );
});

describe("the supervisor of such a bottle is killed", () => {
  test("its work is kept there, listed, and fetched by whoever asks for it", patient, async () => {
    await using home = await openTestHome();
    await writeFile(join(home.workspace, "a.txt"), "mine\n");
    await using run = await startTestBottle({
      home,
      bottle,
      prompt: "echo theirs > a.txt; echo ready; exec sleep 300",
    });
    await until("it has written", () => run.stdout().includes("ready"));
    const { id } = run.bottle;
    const record = join(home.stateHome, "claude-bottle", id);
    const { pid } = JSON.parse(readFileSync(join(record, "state.json"), "utf8")) as { pid: number };
    process.kill(pid, "SIGKILL");
    await run.bottle.ended.catch(() => undefined);
    const cleaned = await cli(home, ["cleanup"]);
    expect(cleaned.stdout).toContain(`${id}: keeps work on its machine`);
    expect(readFileSync(join(record, "workspace/a.txt"), "utf8")).toBe("mine\n");
    expect(await volumesOf(id)).toEqual(["home", "link", "workspace"]);
    const kept = await cli(home, ["rm", id]);
    expect(kept.stderr).toContain("E_BOTTLE_WORK");
    expect(readFileSync(join(record, "workspace/a.txt"), "utf8")).toBe("theirs\n");
    expect(await volumesOf(id)).toEqual([]);
  });
});

async function volumesOf(id: string): Promise<readonly string[]> {
  const found = await labelledVolumes(daemon().engine);
  return found
    .filter((one) => one.id === id)
    .map(({ part }) => part)
    .toSorted();
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const begun = Date.now(); !holds(); await sleep(50))
    if (Date.now() - begun > 60_000) throw new Error(`never: ${what}`);
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function cli(home: TestHome, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: home.env, cwd: home.workspace };
    execFile(process.execPath, [join(dist, "cli.js"), ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}
