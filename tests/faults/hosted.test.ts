/** Bottles whose gateway runs beside them: what is killed or cut, and when. */
import { existsSync } from "node:fs";
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostPaths } from "../../src/compose/paths.ts";
import { openTestHome, startTestBottle } from "../support/bottle.ts";
import type { TestBottle, TestHome } from "../support/bottle.ts";
import { hostedDist } from "../support/hosted/dist.ts";
import type { Held } from "../support/hosted/holder.ts";

let installed: Awaited<ReturnType<typeof hostedDist>>;

beforeAll(async () => {
  installed = await hostedDist();
});

afterAll(() => installed[Symbol.asyncDispose]());

async function openHome(extra: NodeJS.ProcessEnv = {}): Promise<TestHome> {
  const home = await openTestHome(extra);
  return { ...home, host: { ...home.host, dist: installed.dir } };
}

test("runs", async () => {
  await using home = await openHome({ CLAUDE_BOTTLE_DEBUG: "1" });
  await using run = await startTestBottle({
    home,
    prompt: "curl -sS -i http://127.0.0.1:4180/ ; curl -sS -o /dev/null -w '%{http_code}' -x $http_proxy http://other.example/; exit 7",
  });
  const end = await run.bottle.ended;
  console.log(run.stdout(), run.stderr(), end);
});
