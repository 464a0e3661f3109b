/** Runs suites of the rung runc against a daemon of the tests' own. */
import { afterAll, beforeAll, beforeEach } from "vitest";
import { need } from "../require.ts";
import { lacksDocker, openDaemon, preparation } from "./daemon.ts";
import type { DaemonOptions, TestDaemon } from "./daemon.ts";
import { lacksPlace } from "./place.ts";
import { openDaemonPort } from "./port.ts";
import type { DaemonPort } from "./port.ts";

/**
 * The daemon of this test file, once its tests run; every bottle that they start finds it by DOCKER_HOST. `prepare` makes what it
 * needs besides, and may say what this machine lacks for that.
 */
export function withDaemon(
  options: DaemonOptions = {},
  prepare?: () => Promise<DaemonOptions | string>,
): () => TestDaemon & { readonly cut: () => void } {
  let missing = lacksDocker() ?? (options.networks === true ? lacksPlace() : undefined);
  const before = process.env["DOCKER_HOST"];
  let daemon: TestDaemon | undefined;
  let port: DaemonPort | undefined;
  beforeAll(async () => {
    if (missing !== undefined) return;
    const more = (await prepare?.()) ?? {};
    if (typeof more === "string") {
      missing = more;
      return;
    }
    daemon = await openDaemon({ ...options, ...more });
    const far = options.elsewhere === true && daemon.place !== undefined;
    port = far ? await openDaemonPort(daemon.socket) : undefined;
    process.env["DOCKER_HOST"] = port?.host ?? `unix://${daemon.socket}`;
    if (daemon.place !== undefined) {
      process.env["BOTTLE_TEST_LINK"] = options.link ?? "network";
      process.env["BOTTLE_TEST_UPSTREAM"] = daemon.place.upstream;
    }
    // Read where a test starts this program: there, and not here, is the machine that its bottles are made on.
    if (daemon.place !== undefined && !far) process.env["BOTTLE_TEST_NODE"] = daemon.place.node;
  }, preparation);
  beforeEach((context) => need(context, missing));
  afterAll(async () => {
    if (before === undefined) delete process.env["DOCKER_HOST"];
    else process.env["DOCKER_HOST"] = before;
    for (const name of ["NODE", "LINK", "UPSTREAM"]) delete process.env[`BOTTLE_TEST_${name}`];
    await port?.[Symbol.asyncDispose]();
    await daemon?.[Symbol.asyncDispose]();
  }, preparation);
  return () => {
    if (daemon === undefined) throw new Error("the daemon has not been started");
    return { ...daemon, cut: () => port?.cut() };
  };
}
