/** A rung that hangs, or breaks, is one that is not available, and keeps nobody waiting. */
import { createServer } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runcCapabilities } from "../backends/docker/capabilities.ts";
import { createDockerBackend } from "../backends/docker/backend.ts";
import type { Backend } from "../lifecycle/backend.ts";
import { factOf } from "./rung-fact.ts";

const limits = { cpus: 1, memory: 1, pids: 1, disk: 1 };

/** Of a backend a fact needs no more. */
function backend(parts: Pick<Backend, "probe" | "limits">): Backend {
  return { name: "docker", capabilities: runcCapabilities, ...parts } as Backend;
}

describe("the fact of a rung", () => {
  it("is what its backend says", async () => {
    const held = [{ name: "pids", value: 1, enforced: true, how: "by it" }] as const;
    const ready = { available: true, detail: "ready", emulated: true } as const;
    const fact = await factOf(
      backend({ probe: () => Promise.resolve(ready), limits: () => Promise.resolve(held) }),
      limits,
      60_000,
    );
    expect(fact).toEqual({
      ...{ rung: "runc", availability: ready, images: true, emulated: true, limits: held },
    });
  });

  it("is that it does not answer, where its backend hears of no end", async () => {
    const never = new Promise<never>(() => undefined);
    const fact = await factOf(backend({ probe: () => never, limits: () => never }), limits, 20);
    expect(fact.availability).toEqual({
      available: false,
      reason: "docker does not answer within 0.02 s",
      remedy: "Run `bottle doctor`.",
    });
  });

  it("is why, where its backend breaks", async () => {
    const broken = (): Promise<never> => Promise.reject(new Error("no such thing"));
    const fact = await factOf(backend({ probe: broken, limits: broken }), limits, 60_000);
    expect(fact.availability).toMatchObject({ available: false, reason: "no such thing" });
  });

  it("is the Docker daemon's silence, in words, where that takes the question and never answers", async () => {
    const dir = mkdtempSync(join(tmpdir(), "bottle-silent-"));
    const silent = createServer().listen(join(dir, "docker.sock"));
    const env = { DOCKER_HOST: `unix://${dir}/docker.sock` };
    const docker = createDockerBackend({ uid: 0, env, dist: "/" });
    const fact = await factOf(docker, limits, 50);
    expect(fact.availability).toEqual({
      available: false,
      reason: "the Docker daemon is there and does not answer",
      remedy: "Look at the log of the daemon.",
    });
    silent.close();
    rmSync(dir, { recursive: true });
  });
});
