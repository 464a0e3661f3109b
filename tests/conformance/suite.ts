/** What every backend must do, one suite for all of them; a backend's own test file names its rung and calls this. */
import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RungName } from "../../src/manifest/manifest.ts";
import { openTestHome, startTestBottle } from "../support/bottle.ts";
import { upstreamAddress } from "../support/target.ts";

/** The suite for one rung. */
export function conformance(rung: RungName): void {
  describe(`a bottle on the rung ${rung}`, () => {
    test("passes the agent's output, errors and exit code through", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({
        home,
        bottle: { rung },
        prompt: "echo out; echo err >&2; exit 7",
      });
      const end = await run.bottle.ended;
      expect(end.code).toBe(7);
      expect(run.stdout()).toBe("out\n");
      expect(run.stderr()).toBe("err\n");
    });

    test("gives the agent what it is fed on standard input, to the end", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({ home, bottle: { rung }, prompt: "wc -c" });
      run.bottle.input(Buffer.alloc(300_000, "x"));
      run.bottle.inputEnd();
      await run.bottle.ended;
      expect(run.stdout().trim()).toBe("300000");
    });

    test("loses no byte of input for an agent that reads late, and an order overtakes it", async () => {
      await using home = await openTestHome();
      await using late = await startTestBottle({
        home,
        bottle: { rung },
        prompt: "sleep 1; wc -c",
      });
      late.bottle.input(Buffer.alloc(30_000_000, "x"));
      late.bottle.inputEnd();
      await late.bottle.ended;
      expect(late.stdout().trim()).toBe("30000000");
      await using never = await startTestBottle({ home, bottle: { rung } });
      never.bottle.input(Buffer.alloc(30_000_000, "x"));
      await never.bottle.started;
      never.bottle.signal("SIGKILL");
      expect(await never.bottle.ended).toMatchObject({ signal: "SIGKILL" });
    });

    test("loses no byte of ten megabytes of output", async () => {
      await using home = await openTestHome();
      let size = 0;
      await using run = await startTestBottle({
        home,
        bottle: { rung },
        prompt: "head -c 10485760 /dev/zero",
        output: { stdout: (data) => void (size += data.length) },
      });
      await run.bottle.ended;
      expect(size).toBe(10_485_760);
    });

    test("works on a private copy: the owner's folder stays as it was", async () => {
      await using home = await openTestHome();
      await writeFile(join(home.workspace, "a.txt"), "mine\n");
      await using run = await startTestBottle({
        home,
        bottle: { rung },
        prompt: "cat a.txt; echo theirs > a.txt; echo new > b.txt",
      });
      const end = await run.bottle.ended;
      expect(run.stdout()).toBe("mine\n");
      expect(await readdir(home.workspace)).toEqual(["a.txt"]);
      expect(await readFile(join(home.workspace, "a.txt"), "utf8")).toBe("mine\n");
      expect(await readFile(join(end.record, "workspace", "b.txt"), "utf8")).toBe("new\n");
    });

    test("shows the agent its own environment and nothing of the owner's", async () => {
      await using home = await openTestHome({ OWNERS_OWN: "private-value-1", REGION: "north-1" });
      await using run = await startTestBottle({
        home,
        bottle: { rung, env: { GREETING: "hello", REGION: "${REGION}" } },
        prompt: "env",
      });
      await run.bottle.ended;
      const names = run
        .stdout()
        .split("\n")
        .map((line) => line.split("=")[0]);
      expect(run.stdout()).toContain("GREETING=hello\n");
      expect(run.stdout()).toContain("REGION=north-1\n");
      expect(run.stdout()).not.toContain("private-value-1");
      expect(names).not.toContain("OWNERS_OWN");
    });

    test("is an unprivileged user without capabilities or a way to new ones", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({
        home,
        bottle: { rung },
        prompt: `id -u; cat /proc/self/status; python3 -c 'import ctypes; print("no new:", ctypes.CDLL(None).prctl(39, 0, 0, 0, 0))'`,
      });
      await run.bottle.ended;
      expect(run.stdout()).toMatch(/^[1-9]\d*\n/);
      expect(run.stdout()).toMatch(/CapEff:\s0+\n/);
      expect(run.stdout()).toMatch(/CapBnd:\s0+\n/);
      expect(run.stdout()).toContain("no new: 1\n");
    });

    test("reaches an allowed host through the gateway and no other", async () => {
      await using home = await openTestHome();
      const host = upstreamAddress();
      let asked = 0;
      const server = createServer((_request, response) => {
        asked += 1;
        response.end("from outside");
      });
      await new Promise<void>((done) => server.listen(0, host, done));
      const { port } = server.address() as AddressInfo;
      try {
        const allow = [{ host, ports: [port], scheme: "http" }];
        const script = `curl -s --noproxy '' -x "$http_proxy" http://${host}:${port}/a; echo; curl -s -o /dev/null -w '%{http_code}\\n' --noproxy '' -x "$http_proxy" http://${host}:${port + 1}/b; curl -s -m 5 --noproxy '*' http://${host}:${port}/c; echo "direct $?"`;
        await using run = await startTestBottle({
          home,
          bottle: { rung, egress: { allow } },
          prompt: script,
        });
        await run.bottle.ended;
        expect(run.stdout()).toBe("from outside\n403\ndirect 7\n");
        expect(asked).toBe(1);
      } finally {
        server.close();
      }
    });

    test("proves its boundary before the agent starts, and keeps the proof", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({ home, bottle: { rung }, prompt: "true" });
      const end = await run.bottle.ended;
      const proof = JSON.parse(await readFile(join(end.record, "proof.json"), "utf8")) as {
        ok: boolean;
        probes: unknown[];
      };
      expect(proof.ok).toBe(true);
      expect(proof.probes.length).toBeGreaterThanOrEqual(20);
    });

    test("runs commands beside the agent, and stops when it is told to", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({ home, bottle: { rung } });
      await run.bottle.started;
      const result = await run.bottle.exec(["sh", "-c", "cat; pwd; exit 3"], "given");
      expect(result).toEqual({ code: 3, stdout: `given/work/project\n`, stderr: "" });
      await run.bottle.stop();
      const end = await run.bottle.ended;
      expect(end.code).not.toBe(0);
    });

    test("keeps its record private", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({ home, bottle: { rung }, prompt: "true" });
      const { record } = await run.bottle.ended;
      expect((await stat(record)).mode & 0o077).toBe(0);
      for (const name of ["plan.json", "proof.json", "state.json", "timing.json", "receipt.json"]) {
        expect((await stat(join(record, name))).mode & 0o077).toBe(0);
      }
    });

    test("does not meet a second bottle started at the same moment", async () => {
      await using one = await openTestHome();
      await using two = await openTestHome();
      const prompt = "echo $$ > mine; sleep 1; ls /work; cat mine | wc -l";
      await using first = await startTestBottle({ home: one, bottle: { rung }, prompt });
      await using second = await startTestBottle({ home: two, bottle: { rung }, prompt });
      await Promise.all([first.bottle.ended, second.bottle.ended]);
      expect([first.stdout(), second.stdout()]).toEqual(["project\n1\n", "project\n1\n"]);
    });
  });
}
