/** Commands beside the agent: never before the bottle is proven, and whole whatever they read and write. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RungName } from "../../src/manifest/manifest.ts";
import { openTestHome, startTestBottle } from "../support/bottle.ts";

const megabyte = 1024 * 1024;

/** The suite for one rung. */
export function commands(rung: RungName): void {
  describe(`a command beside the agent on the rung ${rung}`, () => {
    test("waits until the bottle is proven and its workspace is there", async () => {
      await using home = await openTestHome();
      await writeFile(join(home.workspace, "a.txt"), "mine\n");
      await using run = await startTestBottle({ home, bottle: { rung } });
      let proven = false;
      void run.bottle.proof.then(({ ok }) => (proven = ok));
      const early = await run.bottle.exec(["cat", "a.txt"]);
      expect(proven).toBe(true);
      expect(early.stdout).toBe("mine\n");
    });

    test("never runs in a bottle whose proof failed", async () => {
      await using home = await openTestHome({ BOTTLE_TEST_BREAK: "root" });
      await using run = await startTestBottle({ home, bottle: { rung } });
      const early = run.bottle.exec(["sh", "-c", "echo ran"]);
      await expect(run.bottle.ended).rejects.toMatchObject({ code: "E_PROOF_FAILED" });
      expect(await early).toMatchObject({ code: null, stdout: "" });
    });

    test("gets long input whole, and hands on output of any bytes", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({ home, bottle: { rung } });
      await run.bottle.started;
      const read = await run.bottle.exec(["wc", "-c"], "x".repeat(3 * megabyte));
      expect(read.stdout.trim()).toBe(String(3 * megabyte));
      const zeros = await run.bottle.exec(["head", "-c", String(4 * megabyte), "/dev/zero"]);
      expect(zeros.code).toBe(0);
      expect(zeros.stdout.length).toBe(4 * megabyte);
      const more = await run.bottle.exec(["head", "-c", String(5 * megabyte), "/dev/zero"]);
      expect(more.stdout.length).toBe(4 * megabyte);
    });

    test("that is too long is refused, and the bottle lives on", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({ home, bottle: { rung } });
      await run.bottle.started;
      for (const length of [2 * megabyte, 9 * megabyte]) {
        const refused = await run.bottle.exec(["true", "x".repeat(length)]);
        expect(refused.code).toBe(126);
        expect(refused.stderr).not.toBe("");
      }
      expect((await run.bottle.exec(["echo", "alive"])).stdout).toBe("alive\n");
    });

    test("after the end is answered at once", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({ home, bottle: { rung }, prompt: "true" });
      await run.bottle.ended;
      await expect
        .poll(async () => (await run.bottle.exec(["true"])).stderr, { timeout: 5000 })
        .toBe("the bottle is gone");
    });
  });
}
