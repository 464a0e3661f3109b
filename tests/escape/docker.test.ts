import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDockerBackend } from "../../src/backends/docker/backend.ts";
import { searchSecrets } from "../../src/proof/secret-search.ts";
import { dist, openTestHome, startTestBottle } from "../support/bottle.ts";
import { withDaemon } from "../support/docker/suite.ts";
import { hijackedHelper } from "./helper-channel.ts";
import { modelService } from "./model-service.ts";
import { mountedWorkspace } from "./mount.ts";
import { portsSocket } from "./ports.ts";
import { proofs } from "./proof.ts";
import { escapes } from "./suite.ts";

const daemon = withDaemon();

escapes("runc");
modelService("runc");
hijackedHelper("runc");
portsSocket("runc");
mountedWorkspace("runc");
proofs("runc", () => {
  const env = { DOCKER_HOST: `unix://${daemon().socket}` };
  return createDockerBackend({ uid: process.getuid?.() ?? -1, env, dist });
});

describe("what the Docker daemon knows of a bottle", () => {
  const secret = "daemon-secret-4Kq8ZtVw2LmX";

  it("holds no secret: not its configuration, its files, nor what the daemon writes down", async () => {
    await using home = await openTestHome({ DAEMON_SECRET: secret });
    const credentials = [
      {
        host: "api.claude-bottle.invalid",
        header: "X-Api-Key: {secret}",
        secret: "env:DAEMON_SECRET",
      },
    ];
    await using run = await startTestBottle({ home, bottle: { rung: "runc", credentials } });
    await run.bottle.started;
    const container = `/containers/claude-bottle-${run.bottle.id}`;
    const { engine, data } = daemon();
    for (const path of [`${container}/json`, `${container}/top`, `${container}/changes`])
      expect(JSON.stringify(await engine.call("GET", path))).not.toContain(secret);
    const values = [{ name: "secret", value: secret }];
    const paths = [join(data, "data/containers"), join(data, "data/volumes")];
    const { found, searched } = await searchSecrets({ pids: [], paths, values, memory: false });
    expect(found).toEqual([]);
    expect(searched.files).toBeGreaterThan(0);
    expect(daemon().log()).not.toContain(secret);
  });
});
