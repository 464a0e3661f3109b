/**
 * Kata cannot boot where these tests run. What stands under its name here is runc, behind a script that writes down how it was
 * called: what it is asked for is what Kata would be asked for, and the probes find out that it is none.
 */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createDockerBackend } from "../../src/backends/docker/backend.ts";
import { dist } from "../support/bottle.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { proveBottle } from "../support/proof.ts";

const dir = await mkdtemp(join(tmpdir(), "bottle-kata-"));
const program = join(dir, "runtime");
const calls = join(dir, "calls");
writeFileSync(program, `#!/bin/sh\necho "$@" >> ${calls}\nexec runc "$@"\n`);
chmodSync(program, 0o755);
writeFileSync(calls, "");
afterAll(() => rm(dir, { recursive: true, force: true }));

const daemon = withDaemon({ runtimes: { "kata-fake": { path: program } } });

describe("what is registered under Kata's name and is none", () => {
  it("makes a bottle whose kernel is found to be the host's, and no agent starts in it", async () => {
    const env = { ...process.env, DOCKER_HOST: `unix://${daemon().socket}` };
    const uid = process.getuid?.() ?? -1;
    const backend = createDockerBackend({ uid, env, dist, rung: "kata" });
    await using bottle = await proveBottle({
      backend,
      helper: join(dist, "helper.js"),
      open: undefined,
      allowedAuthority: null,
      gateway: { listen: (path) => Promise.resolve(writeFileSync(path, "")) },
    });
    expect(readFileSync(calls, "utf8")).toMatch(/create --bundle \S+/);
    const { probes, ok } = bottle.verdict;
    expect(ok).toBe(false);
    expect(probes.find(({ name }) => name === "guest-kernel")).toEqual({
      ...{ name: "guest-kernel", boundary: "kernel", ok: false, observed: release() },
      expected: "another kernel than the host's",
    });
    // A guest would have a user namespace that is not this machine's, either.
    expect(probes.find(({ name }) => name === "shared-namespaces")).toMatchObject({ ok: false });
  });
});
