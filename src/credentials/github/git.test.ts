/** One entry for GitHub: real git through a real gateway, beside the API with the same placeholder. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitPlaceholder, gitSecret, openGitScene } from "../../../tests/support/git-scene.ts";
import type { GitScene } from "../../../tests/support/git-scene.ts";
import { isAnswer } from "../../../tests/support/gateway.ts";
import { credentialAuthority } from "../../manifest/authority.ts";
import type { GithubCredential } from "../../manifest/manifest.ts";
import { compileCredential, insideOf } from "../compile.ts";

const can = ["read", "issues", "push:agent/**"];

/** An Enterprise Server: API and git on one host. */
function openScene(words: readonly string[] = can): Promise<GitScene> {
  return openGitScene({
    spec: { user: "x-access-token" },
    written: ({ secret, url, repos, maxPush, lfs }): GithubCredential => ({
      kind: "github",
      secret,
      url,
      repos,
      can: words,
      maxPush,
      lfs,
    }),
  });
}

function onGithub(words: readonly string[]): GithubCredential {
  return {
    kind: "github",
    secret: { text: "env:X", source: { kind: "env", variable: "X" } },
    url: "https://github.com",
    repos: ["me/app"],
    can: words,
    maxPush: 1024,
    lfs: "none",
  };
}

describe("git with the credential of GitHub", () => {
  it("clones, by https and by what was written for ssh, and pushes what is granted", async () => {
    await using scene = await openScene();
    await scene.good(scene.folder, "clone", "-q", scene.url("me/app"), "c");
    await scene.good(scene.folder, "clone", "-q", "git@127.0.0.1:me/app.git", "d");
    const id = await scene.commit("a", "a\n");
    await scene.good(scene.work, "push", "-q", "origin", "agent/x");
    expect(scene.server.git("me/app", "rev-parse", "agent/x")).toBe(id);
  });

  it.each([
    ["main", ["HEAD:main"], /only branches that match agent\/\*\* may be pushed/],
    ["a tag", ["HEAD:refs/tags/v1"], /only branches that match/],
    ["by force", ["--force", "main:agent/x"], /not a fast-forward/],
    ["a deletion", ["--delete", "agent/x"], /a ref may not be deleted/],
  ] as const)("is refused a push of %s in git's own words", async (_what, args, reason) => {
    await using scene = await openScene();
    await scene.commit("new", "new\n");
    const { stdout } = await scene.git(scene.work, "push", "--porcelain", "origin", ...args);
    expect(stdout).toMatch(/\[remote rejected\] \(claude-bottle: /);
    expect(stdout).toMatch(reason);
    expect(scene.server.pushed()).toBe(0);
  });

  it("is refused another repository, and a host's pages", async () => {
    await using scene = await openScene();
    const other = await scene.git(scene.work, "ls-remote", scene.url("me/other"));
    expect(other.stderr).toContain("The credential is not for this repository, but for me/app.");
    expect(await ask(scene, "/me/app/settings")).toMatch(/^HTTP\/1\.1 403 .*Only git is granted/s);
    expect(scene.server.requests).toEqual([]);
  });

  it("is refused where no word grants it, and the API goes on", async () => {
    await using scene = await openScene(["issues"]);
    const { code } = await scene.git(scene.work, "ls-remote", scene.url("me/app"));
    expect(code).not.toBe(0);
    expect(scene.server.requests).toEqual([]);
    await ask(scene, "/api/v3/rate_limit");
    expect(scene.server.requests).toMatchObject([
      { headers: { authorization: `token ${gitSecret}` } },
    ]);
  });

  it("reaches no API by a path of git's, and no git by a path of the API's", async () => {
    await using scene = await openScene();
    for (const path of ["/api/v3/user", "/api/v3/info/refs?service=git-upload-pack"])
      expect(await ask(scene, path)).toMatch(/^HTTP\/1\.1 403 /);
    expect(scene.server.requests).toEqual([]);
  });
});

/** By a client that holds the placeholder as the API's clients do. */
async function ask(scene: GitScene, path: string): Promise<string> {
  const { host, origin } = new URL(scene.url("me/app"));
  const client = scene.bottle.open();
  client.send(
    `GET ${origin}${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: token ${gitPlaceholder}\r\n\r\n`,
  );
  return client.until(isAnswer);
}

describe("GitHub's own hosts", () => {
  it("have the API's credential and git's, with one placeholder", () => {
    const spec = onGithub(can);
    const compiled = compileCredential(spec, gitSecret, gitPlaceholder);
    const basic = Buffer.from(`x-access-token:${gitSecret}`).toString("base64");
    expect(compiled.map(({ authorities, set }) => [authorities[0]?.host, set[0]?.value])).toEqual([
      ["api.github.com", `token ${gitSecret}`],
      ["github.com", `Basic ${basic}`],
    ]);
    for (const { placeholder } of compiled) expect(placeholder).toBe(gitPlaceholder);
    expect(credentialAuthority(spec)).toEqual([
      "https://api.github.com:443",
      "https://github.com:443",
    ]);
  });

  it("leave github.com to others where no word grants git", () => {
    const spec = onGithub(["issues"]);
    expect(compileCredential(spec, gitSecret, gitPlaceholder)).toHaveLength(1);
    expect(credentialAuthority(spec)).toEqual(["https://api.github.com:443"]);
    expect(insideOf(spec, gitPlaceholder).seeds).toEqual([]);
  });

  it("are found by git inside, also where a remote is written for ssh", () => {
    const folder = mkdtempSync(join(tmpdir(), "github-"));
    try {
      const seed = insideOf(onGithub(can), gitPlaceholder).seeds[0];
      expect(seed?.path).toBe(".config/git/config");
      const file = join(folder, "config");
      writeFileSync(file, seed?.content ?? "");
      const git = (...args: readonly string[]): string =>
        execFileSync("git", args, {
          encoding: "utf8",
          env: { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: file, GIT_CONFIG_NOSYSTEM: "1" },
          cwd: folder,
        }).trim();
      const url = "git@github.com:me/app.git";
      expect(git("ls-remote", "--get-url", url)).toBe("https://github.com/me/app.git");
      const header = git(
        "config",
        "--get-urlmatch",
        "http.extraHeader",
        "https://github.com/me/app",
      );
      expect(Buffer.from(header.split(" ").at(-1) ?? "", "base64").toString()).toBe(
        `x-access-token:${gitPlaceholder}`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
