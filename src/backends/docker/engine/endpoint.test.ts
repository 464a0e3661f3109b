import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findEndpoint } from "./endpoint.ts";

const dir = mkdtempSync(join(tmpdir(), "bottle-endpoint-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function context(home: string, name: string, host: unknown): void {
  const digest = createHash("sha256").update(name).digest("hex");
  const meta = join(home, ".docker/contexts/meta", digest);
  mkdirSync(meta, { recursive: true });
  writeFileSync(
    join(meta, "meta.json"),
    JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }),
  );
}

describe("where the Engine is", () => {
  it("is what DOCKER_HOST says, before any context", () => {
    const env = { HOME: dir, DOCKER_CONTEXT: "work", DOCKER_HOST: "unix:///a/b.sock" };
    expect(findEndpoint(env)).toEqual({ socket: "/a/b.sock", from: "DOCKER_HOST" });
  });

  it.each([
    "tcp://192.0.2.1:2376",
    "ssh://me@vm",
    "npipe://x",
    "unix://relative",
    "/a/b.sock",
    `unix:///${"x".repeat(120)}`,
  ])("is refused where it is no socket of this machine: %s", (host) => {
    expect(findEndpoint({ DOCKER_HOST: host })).toMatchObject({
      reason: expect.stringContaining("no socket of this machine") as string,
      remedy: expect.stringContaining("DOCKER_HOST") as string,
    });
  });

  it("is what the chosen context says", () => {
    const home = join(dir, "one");
    context(home, "work", "unix:///run/work.sock");
    writeFileSync(join(home, ".docker/config.json"), JSON.stringify({ currentContext: "work" }));
    const found = { socket: "/run/work.sock", from: 'the docker context "work"' };
    expect(findEndpoint({ HOME: home })).toEqual(found);
    expect(findEndpoint({ HOME: home, DOCKER_CONTEXT: "work" })).toEqual(found);
    expect(findEndpoint({ HOME: home, DOCKER_CONTEXT: "default" })).toMatchObject({
      socket: "/var/run/docker.sock",
    });
  });

  it("is refused for a context that is elsewhere, broken or not there", () => {
    const home = join(dir, "two");
    context(home, "far", "ssh://me@vm");
    context(home, "odd", 7);
    expect(findEndpoint({ HOME: home, DOCKER_CONTEXT: "far" })).toHaveProperty("reason");
    expect(findEndpoint({ HOME: home, DOCKER_CONTEXT: "odd" })).toMatchObject({
      reason: 'the docker context "odd" cannot be read',
    });
    expect(findEndpoint({ HOME: home, DOCKER_CONTEXT: "none" })).toHaveProperty("remedy");
  });

  it("survives a configuration that is no JSON", () => {
    const home = join(dir, "three");
    mkdirSync(join(home, ".docker"), { recursive: true });
    writeFileSync(join(home, ".docker/config.json"), "{");
    expect(findEndpoint({ HOME: home })).toMatchObject({ socket: "/var/run/docker.sock" });
  });

  it("is the system's socket, or this user's own where that is missing", async () => {
    const runtime = join(dir, "run");
    mkdirSync(runtime);
    const server = createServer().listen(join(runtime, "docker.sock"));
    await new Promise((resolve) => server.once("listening", resolve));
    const found = findEndpoint({ HOME: dir, XDG_RUNTIME_DIR: runtime });
    server.close();
    expect([join(runtime, "docker.sock"), "/var/run/docker.sock"]).toContain(
      "socket" in found ? found.socket : "",
    );
    expect(findEndpoint({ HOME: dir })).toMatchObject({ socket: "/var/run/docker.sock" });
  });
});
