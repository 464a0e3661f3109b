/** Runs suites of the rung runc against a daemon of the tests' own. */
import { afterAll, beforeAll, beforeEach } from "vitest";
import { need } from "../require.ts";
import { lacksDocker, openDaemon, preparation } from "./daemon.ts";
import type { DaemonOptions, TestDaemon } from "./daemon.ts";
import { lacksPlace } from "./place.ts";

/** The daemon of this test file, once its tests run; every bottle that they start finds it by DOCKER_HOST. */
export function withDaemon(options: DaemonOptions = {}): () => TestDaemon {
  const missing = lacksDocker() ?? (options.networks === true ? lacksPlace() : undefined);
  const before = process.env["DOCKER_HOST"];
  let daemon: TestDaemon | undefined;
  beforeAll(async () => {
    if (missing !== undefined) return;
    daemon = await openDaemon(options);
    process.env["DOCKER_HOST"] = `unix://${daemon.socket}`;
  }, preparation);
  beforeEach((context) => need(context, missing));
  afterAll(async () => {
    if (before === undefined) delete process.env["DOCKER_HOST"];
    else process.env["DOCKER_HOST"] = before;
    await daemon?.[Symbol.asyncDispose]();
  }, preparation);
  return () => {
    if (daemon === undefined) throw new Error("the daemon has not been started");
    return daemon;
  };
}
