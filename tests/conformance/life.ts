/** A bottle's life as types: living, joined, stopped, resumed, removed; and what the kernel's ends of it hold. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { attachBottle, listBottles, openStopped } from "../../src/compose/sdk/find.ts";
import type { RungName } from "../../src/manifest/manifest.ts";
import { openTestHome, startTestBottle } from "../support/bottle.ts";

const patient = { timeout: 20_000, interval: 50 };

/** The suite for one rung. */
export function life(rung: RungName): void {
  describe(`a bottle's life on the rung ${rung}`, () => {
    test("goes on after everybody left, and ends for whoever stops it", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({
        home,
        bottle: { rung },
        prompt: "echo early; sleep 1; echo late; exec sleep 300",
      });
      await run.bottle.started;
      await expect.poll(() => run.stdout(), patient).toBe("early\n");
      run.bottle.leave();
      let seen = "";
      const joined = await attachBottle(
        run.bottle.id,
        { output: { stdout: (data) => void (seen += data.toString()) } },
        home.host,
      );
      await expect.poll(() => seen, patient).toBe("early\nlate\n");
      expect(await joined.exec(["echo", "beside"])).toMatchObject({ code: 0, stdout: "beside\n" });
      const [one] = await listBottles({}, home.host);
      expect(one).toMatchObject({ id: run.bottle.id, state: "running", attached: 1, run: 1 });
      await expect(openStopped(run.bottle.id, {}, home.host)).rejects.toMatchObject({
        code: "E_BOTTLE_RUNNING",
      });
      const stopped = await joined.stop();
      expect(stopped).toMatchObject({ id: run.bottle.id, state: "exited" });
      await expect(attachBottle(run.bottle.id, {}, home.host)).rejects.toMatchObject({
        code: "E_BOTTLE_GONE",
      });
    });

    test("resumes with its files and its placeholders, and a receipt for each run", async () => {
      await using home = await openTestHome({ SECRET: "a-secret-of-the-owner" });
      const credentials = [
        { host: "api.example.org", header: "X-Key: {secret}", secret: "env:SECRET" },
      ];
      await using run = await startTestBottle({
        home,
        bottle: { rung, credentials },
        prompt: 'echo work > a.txt; echo home > "$HOME/b.txt"; env | grep PLACEHOLDER',
      });
      await run.bottle.ended;
      const stopped = await run.bottle.stop();
      let said = "";
      await using again = await stopped.resume({
        prompt: 'cat a.txt "$HOME/b.txt"; env | grep PLACEHOLDER',
        output: { stdout: (data) => void (said += data.toString()) },
      });
      await again.ended;
      expect(said).toBe(`work\nhome\n${run.stdout()}`);
      const receipt = JSON.parse(await readFile(join(stopped.record, "receipt.json"), "utf8")) as {
        run: number;
        earlier: readonly { run: number }[];
      };
      expect(receipt).toMatchObject({ run: 2, earlier: [{ run: 1 }] });
    });

    test("is never resumed twice at once, nor while it lives", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({ home, bottle: { rung }, prompt: "true" });
      await run.bottle.ended;
      const stopped = await run.bottle.stop();
      const both = await Promise.allSettled(
        [1, 2].map(async () => {
          const bottle = await stopped.resume({ prompt: "exec sleep 300" });
          await bottle.started;
          return bottle;
        }),
      );
      const codes = both.map((one) =>
        one.status === "fulfilled" ? "lives" : (one.reason as { code?: string }).code,
      );
      expect(new Set(codes)).toEqual(new Set(["E_BOTTLE_RUNNING", "lives"]));
      await expect(stopped.resume({ prompt: "true" })).rejects.toMatchObject({
        code: "E_BOTTLE_RUNNING",
      });
      await expect(stopped.remove({ discardWork: true })).rejects.toMatchObject({
        code: "E_BOTTLE_RUNNING",
      });
      const living = both.find((one) => one.status === "fulfilled");
      await living?.value.stop();
    });

    test("keeps work that was not applied, until its owner says otherwise", async () => {
      await using home = await openTestHome();
      await writeFile(join(home.workspace, "a.txt"), "mine\n");
      await using idle = await startTestBottle({ home, bottle: { rung }, prompt: "true" });
      await idle.bottle.ended;
      await (await idle.bottle.stop()).remove();
      await using busy = await startTestBottle({
        home,
        bottle: { rung },
        prompt: "echo theirs > a.txt; mkdir shut; echo x > shut/x; chmod 0 shut",
      });
      await busy.bottle.ended;
      const stopped = await busy.bottle.stop();
      await expect(stopped.remove()).rejects.toMatchObject({ code: "E_BOTTLE_WORK" });
      expect(await readFile(join(stopped.record, "workspace", "a.txt"), "utf8")).toBe("theirs\n");
      await stopped.remove({ discardWork: true });
      expect(await listBottles({}, home.host)).toEqual([]);
    });
  });
}
