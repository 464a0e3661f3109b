/** Bottles whose gateway runs beside them, on the rung whose bottles need no daemon: what holds for a socket holds for this link. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostPaths } from "../../src/compose/paths.ts";
import { openTestHome, startTestBottle, useDist } from "../support/bottle.ts";
import { hostedDist } from "../support/hosted/dist.ts";
import { life } from "./life.ts";
import { ports } from "./ports.ts";
import { conformance } from "./suite.ts";

let installed: Awaited<ReturnType<typeof hostedDist>>;
beforeAll(async () => {
  installed = await hostedDist();
  useDist(installed.dir);
});
afterAll(() => installed[Symbol.asyncDispose]());

test("a gateway runs beside the bottle", async () => {
  await using home = await openTestHome();
  await using run = await startTestBottle({ home });
  await run.bottle.started;
  const beside = join(hostPaths(home.host).runHome, run.bottle.id, "program.sock");
  expect(existsSync(beside)).toBe(true);
});

conformance("namespace");
life("namespace");
ports("namespace");
