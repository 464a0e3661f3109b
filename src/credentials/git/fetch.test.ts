/** Clones and fetches of real git through a real gateway, and what of git's is not served. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitPlaceholder, openGitScene } from "../../../tests/support/git-scene.ts";
import { isAnswer } from "../../../tests/support/gateway.ts";

describe("a clone", () => {
  it.each(["0", "1", "2"])("goes through by protocol %s", async (version) => {
    await using scene = await openGitScene();
    const args = ["-c", `protocol.version=${version}`, "clone", "-q", scene.url("me/app"), "c"];
    await scene.good(scene.folder, ...args);
    expect(await readFile(join(scene.folder, "c", "README"), "utf8")).toBe("hello\n");
    const sent = scene.server.requests[0]?.headers["git-protocol"];
    expect(sent).toBe(version === "0" ? undefined : `version=${version}`);
  });

  it("goes through shallow, and deepens", async () => {
    await using scene = await openGitScene();
    const from = ["--depth", "1", "--branch", "agent/x", scene.url("me/app"), "c"];
    await scene.good(scene.folder, "clone", "-q", ...from);
    const clone = join(scene.folder, "c");
    expect(await scene.good(clone, "rev-list", "--count", "HEAD")).toBe("1");
    await scene.good(clone, "fetch", "-q", "--unshallow");
    expect(await scene.good(clone, "rev-list", "--count", "HEAD")).toBe("2");
  });

  it("goes through partial, and fetches what is missing when it is needed", async () => {
    await using scene = await openGitScene({ repository: { "uploadpack.allowFilter": "true" } });
    const from = ["--filter=blob:none", "--no-checkout", scene.url("me/app"), "c"];
    await scene.good(scene.folder, "clone", "-q", ...from);
    const clone = join(scene.folder, "c");
    const before = scene.server.requests.length;
    expect(await scene.good(clone, "show", "HEAD:README")).toBe("hello");
    expect(scene.server.requests.length).toBeGreaterThan(before);
  });

  it("goes through for remotes that are written for ssh", async () => {
    await using scene = await openGitScene();
    for (const [index, remote] of [
      "git@127.0.0.1:me/app.git",
      "ssh://git@127.0.0.1/me/app",
    ].entries())
      await scene.good(scene.folder, "clone", "-q", remote, `c${index}`);
    expect((await stat(join(scene.folder, "c1", "README"))).isFile()).toBe(true);
  });
});

describe("a fetch", () => {
  it("goes through with a request that git compressed, and one that it sent in chunks", async () => {
    await using scene = await openGitScene();
    for (let index = 0; index < 60; index += 1) {
      await scene.good(scene.work, "commit", "-q", "--allow-empty", "-m", `${index}`);
      await scene.good(scene.work, "branch", `b${index}`);
    }
    const server = `${scene.server.root}/me/app.git`;
    await scene.good(scene.work, "push", "-q", server, "refs/heads/b*:refs/heads/b*");
    // Wants of 60 commits are over the kibibyte from which on git compresses.
    const args = ["-c", "protocol.version=0", "clone", "-q", scene.url("me/app"), "c"];
    await scene.good(scene.folder, ...args);
    const posts = scene.server.requests.filter(({ line }) => line.startsWith("POST"));
    expect(posts.some(({ headers }) => headers["content-encoding"] === "gzip")).toBe(true);
    const small = ["-c", "http.postBuffer=1100", "-c", "protocol.version=0"];
    await scene.good(scene.folder, ...small, "clone", "-q", scene.url("me/app"), "d");
  });

  it("goes through where the client waits for 100 Continue", async () => {
    await using scene = await openGitScene();
    const client = scene.bottle.open();
    const body = "0014command=ls-refs\n0000";
    const basic = Buffer.from(`git:${gitPlaceholder}`).toString("base64");
    client.send(
      [
        `POST ${scene.url("me/app")}/git-upload-pack HTTP/1.1`,
        `Host: ${new URL(scene.url("me/app")).host}`,
        `Authorization: Basic ${basic}`,
        "Content-Type: application/x-git-upload-pack-request",
        "Git-Protocol: version=2",
        "Expect: 100-continue",
        `Content-Length: ${body.length}`,
        "\r\n",
      ].join("\r\n"),
    );
    await client.until((text) => text.startsWith("HTTP/1.1 100 "));
    client.send(body);
    const text = await client.until((all) => isAnswer(all.slice(all.indexOf("\r\n\r\n") + 4)));
    expect(text).toContain("refs/heads/agent/x");
  });

  it("is refused where reading is not granted, with a line that git shows", async () => {
    await using scene = await openGitScene({ spec: { can: ["push:agent/**"] } });
    const { code, stderr } = await scene.git(scene.work, "fetch", "origin");
    expect(code).not.toBe(0);
    expect(stderr).toContain("remote: claude-bottle: Reading by git is not granted (can: [read]).");
  });
});

describe("what is not served", () => {
  it("is another repository, however it is spelled", async () => {
    await using scene = await openGitScene();
    scene.server.create("me/other");
    const host = new URL(scene.url("me/app")).origin;
    for (const path of [
      "me/other",
      "me/other.git",
      "Me/App",
      "me/app.git/../other",
      "me//app",
      "me/%61pp",
    ]) {
      const { code, stderr } = await scene.git(scene.folder, "ls-remote", `${host}/${path}`);
      expect([path, code === 0]).toEqual([path, false]);
      expect(stderr).toMatch(/requested URL returned error: 403|remote: claude-bottle: /);
    }
    expect(scene.server.requests).toEqual([]);
    const { stderr } = await scene.git(scene.folder, "ls-remote", `${host}/me/other`);
    expect(stderr).toContain(
      "remote: claude-bottle: The credential is not for this repository, but for me/app.",
    );
  });

  it.each([
    ["the list of refs of the dumb protocol", "GET", "/me/app.git/info/refs", ""],
    ["HEAD", "GET", "/me/app.git/HEAD", ""],
    ["a loose object", "GET", `/me/app.git/objects/ab/${"c".repeat(38)}`, ""],
    ["a pack", "GET", "/me/app.git/objects/info/packs", ""],
    [
      "a list of refs with more in its query",
      "GET",
      "/me/app.git/info/refs?service=git-receive-pack&x=1",
      "",
    ],
    ["another service", "GET", "/me/app.git/info/refs?service=git-upload-archive", ""],
    [
      "a push with a query",
      "POST",
      "/me/app.git/git-receive-pack?x",
      "application/x-git-receive-pack-request",
    ],
    ["a push of another type", "POST", "/me/app.git/git-receive-pack", "text/plain"],
    ["large files", "POST", "/me/app.git/info/lfs/objects/batch", "application/json"],
    ["the host's own pages", "GET", "/user/settings", ""],
  ])("is %s", async (_what, method, path, type) => {
    await using scene = await openGitScene();
    const client = scene.bottle.open();
    const { host, origin } = new URL(scene.url("me/app"));
    const basic = Buffer.from(`git:${gitPlaceholder}`).toString("base64");
    const fields = [`Host: ${host}`, `Authorization: Basic ${basic}`];
    if (type !== "") fields.push(`Content-Type: ${type}`, "Content-Length: 4");
    client.send(
      `${method} ${origin}${path} HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n${type === "" ? "" : "0000"}`,
    );
    const text = await client.until(isAnswer);
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
    expect(text).toContain("x-claude-bottle: credential-rule\r\n");
    // git shows text, git-lfs a message in JSON.
    expect(text).toMatch(/content-type: (?:text\/plain|application\/vnd\.git-lfs\+json)/);
    expect(scene.server.requests).toEqual([]);
  });
});
