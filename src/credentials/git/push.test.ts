/** Pushes of real git through a real gateway: what the agent's git prints, and what came to the server. */
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { gitSecret, openGitScene } from "../../../tests/support/git-scene.ts";

const push = ["push", "--porcelain", "origin"] as const;

describe("a push of what is granted", () => {
  it.each(["0", "1", "2"])("goes through by protocol %s", async (version) => {
    await using scene = await openGitScene();
    const id = await scene.commit("a", "a\n");
    const args = ["-c", `protocol.version=${version}`, ...push, "agent/x"];
    expect(await scene.git(scene.work, ...args)).toMatchObject({ code: 0 });
    expect(scene.server.git("me/app", "rev-parse", "agent/x")).toBe(id);
  });

  it("goes through in a repository of SHA-256, and is refused there by force", async () => {
    await using scene = await openGitScene({ format: "sha256" });
    const id = await scene.commit("a", "a\n");
    await scene.good(scene.work, ...push, "agent/x");
    expect(scene.server.git("me/app", "rev-parse", "agent/x")).toBe(id);
    expect(id).toHaveLength(64);
    const { stdout } = await scene.git(scene.work, ...push, "--force", "main:agent/x");
    expect(stdout).toMatch(/not a fast-forward/);
  });

  it("goes through for a new branch, with new commits or with none", async () => {
    await using scene = await openGitScene();
    const id = await scene.commit("a", "a\n");
    await scene.good(scene.work, ...push, "HEAD:refs/heads/agent/new/one");
    await scene.good(scene.work, ...push, "HEAD:refs/heads/agent/new/two");
    expect(scene.server.git("me/app", "rev-parse", "agent/new/two")).toBe(id);
  });

  it("goes through for a new branch at a commit within the server's history", async () => {
    await using scene = await openGitScene();
    await scene.good(scene.work, ...push, "agent/x~1:refs/heads/agent/old");
    expect(scene.server.git("me/app", "rev-parse", "agent/old")).toBe(
      scene.server.git("me/app", "rev-parse", "main"),
    );
  });

  it.each([
    ["that leaves files out", { "uploadpack.allowFilter": "true" }],
    ["that cannot leave files out", {}],
  ])(
    "goes through for a fast-forward to what another branch has, on a server %s",
    async (_n, repository) => {
      await using scene = await openGitScene({ repository });
      // Main goes on, on top of agent/x, and not by this agent's hand.
      await scene.good(scene.work, "switch", "-q", "-c", "elsewhere");
      await scene.commit("m1", "1\n");
      const main = await scene.commit("m2", "2\n");
      await scene.good(scene.work, "push", "-q", `${scene.server.root}/me/app.git`, "HEAD:main");
      await scene.good(scene.work, "switch", "-q", "agent/x");
      await scene.good(scene.work, "fetch", "-q", "origin");
      await scene.good(scene.work, "merge", "-q", "--ff-only", "origin/main");
      await scene.good(scene.work, ...push, "agent/x");
      expect(scene.server.git("me/app", "rev-parse", "agent/x")).toBe(main);
    },
  );

  it("goes through in a long push, which git sends in chunks after a probe", async () => {
    await using scene = await openGitScene();
    const id = await scene.commit("big", randomBytes(3 << 20));
    await scene.good(scene.work, ...push, "agent/x");
    expect(scene.server.git("me/app", "rev-parse", "agent/x")).toBe(id);
    const posts = scene.server.requests.filter(({ line }) => line.endsWith("git-receive-pack"));
    expect(posts.filter(({ line }) => line.startsWith("POST")).map(({ size }) => size > 4)).toEqual(
      [false, true],
    );
  });

  it("goes through with deltas, which stand alone since the server is said to take no others", async () => {
    await using scene = await openGitScene();
    const lines = Array.from({ length: 3000 }, (_, index) => `line ${index} ${index * 7919}`);
    await scene.commit("long", lines.join("\n"));
    await scene.good(scene.work, ...push, "agent/x");
    lines[1500] = "another line";
    await scene.commit("long", lines.join("\n"));
    lines[1501] = "and another";
    const id = await scene.commit("long", lines.join("\n"));
    await scene.good(scene.work, ...push, "agent/x");
    expect(scene.server.git("me/app", "rev-parse", "agent/x")).toBe(id);
  });

  it("goes through from a shallow clone", async () => {
    await using scene = await openGitScene();
    const args = ["clone", "-q", "--depth", "1", "--branch", "agent/x", scene.url("me/app"), "s"];
    await scene.good(scene.folder, ...args);
    const shallow = `${scene.folder}/s`;
    await scene.good(shallow, "commit", "-q", "--allow-empty", "-m", "more");
    await scene.good(shallow, ...push, "HEAD:agent/x");
    expect(scene.server.git("me/app", "rev-parse", "agent/x")).toBe(
      await scene.good(shallow, "rev-parse", "HEAD"),
    );
  });
});

describe("a push of anything else", () => {
  it.each<[string, readonly string[], RegExp]>([
    ["to main", ["HEAD:main"], /only branches that match agent\/\*\* may be pushed/],
    ["to a branch beside the granted ones", ["HEAD:agents/x"], /only branches that match/],
    ["of a tag", ["HEAD:refs/tags/v1"], /only branches that match/],
    ["of notes", ["HEAD:refs/notes/x"], /only branches that match/],
    ["to a ref that only looks like a branch", ["HEAD:refs/x/heads/agent/x"], /only branches/],
    ["that deletes a granted branch", ["--delete", "agent/x"], /a ref may not be deleted/],
    ["that deletes main", [":main"], /a ref may not be deleted/],
    ["by force", ["--force", "main:agent/x"], /not a fast-forward/],
    ["by force with new commits", ["--force", "HEAD:agent/x"], /not a fast-forward/],
  ])("is refused in git's own words: %s", async (_name, args, reason) => {
    await using scene = await openGitScene();
    if (args.includes("HEAD:agent/x")) await scene.good(scene.work, "switch", "-q", "main");
    await scene.commit("new", "new\n");
    const refs = scene.server.git("me/app", "for-each-ref");
    const result = await scene.git(scene.work, ...push, ...args);
    expect(result.code).not.toBe(0);
    expect(result.stdout).toMatch(/\[remote rejected\] \(claude-bottle: /);
    expect(result.stdout).toMatch(reason);
    expect(scene.server.pushed()).toBe(0);
    expect(scene.server.git("me/app", "for-each-ref")).toBe(refs);
    const refused = scene.bottle.audit.filter(({ event }) => event === "refused");
    expect(refused).toHaveLength(1);
    expect(refused[0]?.code).toMatch(/^push-/);
  });

  it("is refused whole, however much of it is granted", async () => {
    await using scene = await openGitScene();
    await scene.commit("a", "a\n");
    const { stdout } = await scene.git(scene.work, ...push, "HEAD:agent/x", "HEAD:main");
    expect(stdout).toMatch(/agent\/x\t\[remote rejected\] .*another ref of this push was refused/);
    expect(stdout).toMatch(/main\t\[remote rejected\] .*only branches/);
    expect(scene.server.pushed()).toBe(0);
  });

  it("is refused where the branch is elsewhere on the server by now", async () => {
    await using scene = await openGitScene();
    const request = await scene.commit("a", "a\n");
    const server = `${scene.server.root}/me/app.git`;
    // The server's list is asked for first; what it says may be old when the push comes: send it by hand.
    await scene.good(scene.work, "switch", "-q", "-c", "other", "main");
    await scene.commit("b", "b\n");
    await scene.good(scene.work, "push", "-q", "--force", server, "HEAD:agent/x");
    await scene.good(scene.work, "switch", "-q", "agent/x");
    const result = await scene.git(scene.work, ...push, `${request}:agent/x`, "--force");
    expect(result.stdout).toMatch(/not a fast-forward/);
    expect(scene.server.pushed()).toBe(0);
  });

  it("is refused where it is larger than maxPush", async () => {
    await using scene = await openGitScene({ spec: { maxPush: 100_000 } });
    await scene.commit("big", randomBytes(200_000));
    const { stdout } = await scene.git(scene.work, ...push, "agent/x");
    expect(stdout).toMatch(/larger than 100000 bytes \(maxPush\)/);
    expect(scene.server.pushed()).toBe(0);
  });

  it("is refused where it is much larger than maxPush, as soon as that shows", async () => {
    await using scene = await openGitScene({ spec: { maxPush: 100_000 } });
    await scene.commit("big", randomBytes(12 << 20));
    const { code, stderr } = await scene.git(scene.work, ...push, "agent/x");
    expect(code).not.toBe(0);
    expect(stderr).toContain("RPC failed; HTTP 403");
    // Nothing but the probe that git sends before a long push.
    expect(scene.server.pushed()).toBe(4);
    expect(scene.bottle.audit.find(({ event }) => event === "refused")).toMatchObject({
      code: "body-too-large-to-judge",
    });
  });

  it("is refused where nothing may be pushed, before git makes a pack", async () => {
    await using scene = await openGitScene({ spec: { can: ["read"] } });
    await scene.commit("a", "a\n");
    const { stderr } = await scene.git(scene.work, ...push, "agent/x");
    expect(stderr).toContain(
      'remote: claude-bottle: Pushing is not granted (can: ["push:BRANCHES"]).',
    );
  });

  it("cannot bring options or a signature: they are not offered", async () => {
    await using scene = await openGitScene({
      repository: { "receive.advertisePushOptions": "true", "receive.certNonceSeed": "x" },
    });
    await scene.commit("a", "a\n");
    const options = await scene.git(scene.work, ...push, "-o", "merge_request.create", "agent/x");
    expect(options.stderr).toMatch(/does not support push options/);
    const signed = await scene.git(scene.work, ...push, "--signed", "agent/x");
    expect(signed.stderr).toMatch(/does not support --signed/);
    expect(scene.server.pushed()).toBe(0);
  });
});

describe("a value that may not leave", () => {
  const blocked = { name: "DB_PASSWORD", value: "correct-horse-battery-staple" };
  const config = { blockedValues: [blocked] };

  it.each<[string, string | Buffer, string]>([
    ["in a file", `password: ${blocked.value}\n`, "new"],
    ["in base64 in a file", Buffer.from(blocked.value).toString("base64"), "new"],
    ["in a file name", "x", blocked.value],
  ])("is refused %s", async (_n, content, name) => {
    await using scene = await openGitScene({ config });
    await scene.commit(name, content, "a change");
    const { stdout } = await scene.git(scene.work, ...push, "agent/x");
    expect(stdout).toMatch(/\[remote rejected\] .* holds DB_PASSWORD, which may not leave/);
    expect(scene.server.pushed()).toBe(0);
  });

  it("is refused in a commit's message, and in a file that a later commit takes away", async () => {
    await using scene = await openGitScene({ config });
    await scene.commit("a", "a\n", `use ${blocked.value}`);
    const first = await scene.git(scene.work, ...push, "agent/x");
    expect(first.stdout).toMatch(/a commit in it holds DB_PASSWORD/);
    await scene.good(scene.work, "reset", "-q", "--hard", "HEAD~1");
    await scene.commit("b", `${blocked.value}\n`);
    await scene.commit("b", "nothing\n");
    const second = await scene.git(scene.work, ...push, "agent/x");
    expect(second.stdout).toMatch(/a file in it holds DB_PASSWORD/);
    expect(scene.server.pushed()).toBe(0);
  });

  it("is refused in a delta", async () => {
    await using scene = await openGitScene({ config });
    const lines = Array.from({ length: 3000 }, (_, index) => `line ${index} ${index * 7919}`);
    await scene.commit("long", lines.join("\n"));
    lines[1500] = `x ${blocked.value}`;
    await scene.commit("long", lines.join("\n"));
    const { stdout } = await scene.git(scene.work, ...push, "agent/x");
    expect(stdout).toMatch(/a file in it holds DB_PASSWORD/);
    expect(scene.server.pushed()).toBe(0);
  });

  it("is refused in the name of a branch", async () => {
    await using scene = await openGitScene({ config });
    await scene.commit("a", "a\n");
    const result = await scene.git(scene.work, ...push, `HEAD:refs/heads/agent/${blocked.value}`);
    expect(result.stdout).toMatch(/\[remote rejected\] .*it names DB_PASSWORD/);
    expect(scene.server.pushed()).toBe(0);
    expect(scene.bottle.audit.find(({ event }) => event === "refused")).toMatchObject({
      code: "blocked-value",
    });
  });

  it("is refused in a compressed file, and as a token of a known service that nobody listed", async () => {
    await using scene = await openGitScene({ config });
    await scene.commit("a.gz", gzipSync(`password: ${blocked.value}\n`));
    const first = await scene.git(scene.work, ...push, "agent/x");
    expect(first.stdout).toMatch(/a file in it holds DB_PASSWORD/);
    await scene.good(scene.work, "reset", "-q", "--hard", "HEAD~1");
    await scene.commit("key", `AWS: ${["AKIA", "Z7Q4M2XW9K3P5R8T"].join("")}\n`);
    const second = await scene.git(scene.work, ...push, "agent/x");
    expect(second.stdout).toMatch(/a file in it holds .*, which may not leave/);
    expect(scene.server.pushed()).toBe(0);
  });

  it("does not keep a push back where the server had it before", async () => {
    await using scene = await openGitScene({ config });
    await scene.commit("old", `${blocked.value}\n`);
    await scene.good(scene.work, "push", "-q", `${scene.server.root}/me/app.git`, "agent/x");
    await scene.good(scene.work, "fetch", "-q", "origin");
    await scene.commit("new", "new\n");
    await scene.good(scene.work, ...push, "agent/x");
  });
});

it("never shows the real secret to git", async () => {
  await using scene = await openGitScene();
  const config = await scene.good(scene.work, "config", "--list", "--show-origin");
  expect(config).not.toContain(gitSecret);
  const trace = await scene.git(scene.work, "-c", "http.version=HTTP/1.1", "ls-remote", "origin");
  expect(trace.stdout + trace.stderr).not.toContain(gitSecret);
});
