/**
 * Kata cannot boot where these tests run. What stands under its name here is runc, behind a script that writes down how it was
 * called: what it is asked for is what Kata would be asked for, and the probes find out that it is none.
 */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDockerBackend } from "../../src/backends/docker/backend.ts";
import type { Backend } from "../../src/lifecycle/backend.ts";
import { dist } from "../support/bottle.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { bundleHelper } from "../support/helper.ts";
import { proveOpen } from "./proof.ts";

const dir = await mkdtemp(join(tmpdir(), "bottle-kata-"));
const program = join(dir, "runtime");
const calls = join(dir, "calls");
writeFileSync(
  program,
  `#!/bin/sh
bundle=
for word in "$@"; do
  [ "$bundle" = next ] && bundle="$word"
  [ "$word" = --bundle ] && bundle=next
done
[ -f "$bundle/config.json" ] && cp "$bundle/config.json" ${dir}/config.json
echo "$@" >> ${calls}
exec runc "$@"
`,
);
chmodSync(program, 0o755);
writeFileSync(calls, "");

// What Kata before 3.29 did under Docker 26: nobody puts the bottle on its network, and nobody says so.
const lonely = join(dir, "lonely");
writeFileSync(
  lonely,
  `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const { spawnSync } = require("node:child_process");
const at = process.argv.indexOf("--bundle");
if (at > 0) {
  const file = process.argv[at + 1] + "/config.json";
  const { hooks, ...config } = JSON.parse(readFileSync(file, "utf8"));
  // runc itself would miss the interface that they are for; Kata's guest might not.
  delete config.linux.sysctl;
  for (const one of config.linux.namespaces) if (one.type === "network") delete one.path;
  writeFileSync(file, JSON.stringify(config));
}
process.exit(spawnSync("runc", process.argv.slice(2), { stdio: "inherit" }).status ?? 1);
`,
);
chmodSync(lonely, 0o755);

const daemon = withDaemon({ networks: true, runtimes: { "kata-fake": { path: program } } });

let bundle: Awaited<ReturnType<typeof bundleHelper>>;
beforeAll(async () => void (bundle = await bundleHelper()));
afterAll(async () => {
  await bundle[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

interface OciConfig {
  readonly linux: {
    readonly seccomp: { readonly defaultAction: string };
    readonly namespaces: readonly { readonly type: string; readonly path?: string }[];
  };
  readonly process: { readonly noNewPrivileges: boolean; readonly capabilities?: object };
}

function kata(socket: string): Backend {
  const env = { DOCKER_HOST: `unix://${socket}` };
  const uid = process.getuid?.() ?? -1;
  return createDockerBackend({ uid, env, dist, rung: "kata", link: "network" });
}

describe("what is registered under Kata's name and is none", () => {
  it("makes a bottle whose kernel is found to be the host's, and no agent starts in it", async () => {
    const upstream = daemon().place?.upstream;
    const backend = kata(daemon().socket);
    await using proven = await proveOpen(backend, bundle.file, undefined, true, upstream);
    const { probes, ok } = proven.bottle.verdict;
    expect(ok).toBe(false);
    expect(probes.find(({ name }) => name === "guest-kernel")).toEqual({
      ...{ name: "guest-kernel", boundary: "kernel", ok: false, observed: release() },
      expected: "another kernel than the host's",
    });
    // A guest has a user namespace that is not this machine's, either. Everything else is closed, its network too.
    expect(proven.failed.toSorted()).toEqual(["guest-kernel", "shared-namespaces"]);
    // The bottle alone was given to it: its gateway is runc's.
    const made = readFileSync(calls, "utf8")
      .split("\n")
      .filter((line) => line.includes(" create "));
    expect(made).toHaveLength(1);
    const asked = JSON.parse(readFileSync(join(dir, "config.json"), "utf8")) as OciConfig;
    expect(asked.linux.seccomp.defaultAction).toBe("SCMP_ACT_ERRNO");
    expect(asked.process.noNewPrivileges).toBe(true);
    expect(Object.values(asked.process.capabilities ?? {}).flat()).toEqual([]);
    expect(asked.linux.namespaces.map(({ type }) => type)).toContain("network");
  });

  it("makes no bottle where it leaves out the network: what is inside finds no way to its gateway", async () => {
    writeFileSync(program, readFileSync(lonely));
    const { place, socket } = daemon();
    await expect(
      proveOpen(kata(socket), bundle.file, undefined, true, place?.upstream),
    ).rejects.toMatchObject({
      ...{ code: "E_RUNG_LAUNCH", why: expect.stringContaining("said nothing") as string },
      next: expect.stringContaining("without its network") as string,
    });
  });
});
