import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { useCloneLab } from "../../../tests/support/clone-lab.ts";
import { formatConfig, parseConfig } from "./config-file.ts";
import type { ConfigEntry } from "./config-file.ts";
import { scrubUrl } from "./remote-url.ts";

const lab = useCloneLab();

/** What git reads from a config file, as `name\nvalue` each. */
function gitReads(text: Buffer | string): readonly string[] | "refused" {
  const file = join(lab.base, "config");
  writeFileSync(file, text);
  try {
    return lab
      .git(lab.base, "config", "--file", file, "--no-includes", "--list", "-z")
      .split("\0")
      .slice(0, -1);
  } catch {
    return "refused";
  }
}

function weRead(text: string): readonly string[] | "refused" {
  const parsed = parseConfig(Buffer.from(text).toString("latin1"));
  if ("badLine" in parsed) return "refused";
  return parsed.entries.map(({ section, subsection, key, value }) => {
    const name = [section, ...(subsection === undefined ? [] : [subsection]), key].join(".");
    const line = value === undefined ? name : `${name}\n${value}`;
    return Buffer.from(line, "latin1").toString("utf8");
  });
}

describe("git's config format", () => {
  it.each([
    "[core]\n\tbare = false\n\tFileMode\n",
    '[remote "Ori gin"]\n url = a b  # c\n\turl="x # y" ; z\n',
    '[a.B-c]\nk = "open \\" \\n\\t\\b\\\\"tail\\\n  goes on\n',
    "\ufeff[core]\r\n  x = y\r\n",
    '[branch "ü\\"\\\\"] merge = refs/heads/ü\n[x] y=\n',
    '[core]\nx = "a\n',
    "[core]\nx y = a\n",
    "[core\nx = y\n",
    "[core]\nx = a\\q\n",
    "; only\n# comments\n",
    "[a]\nb = 1[c]\nd=2",
    "[a]\nb\n[ x]\n",
  ])("is read as git reads it: %j", (text) => {
    expect(weRead(text)).toEqual(gitReads(text));
  });

  it("is written so that git reads what was meant, whatever is in it", () => {
    const text = fc.string({
      unit: fc.constantFrom(...Array.from("ab=;#\"\\ \n\t[]ü'")),
      maxLength: 12,
    });
    const entry = fc.record({
      section: fc.constantFrom("remote", "branch"),
      subsection: text.filter((name) => !name.includes("\n")),
      key: fc.constantFrom("url", "merge-x"),
      value: fc.option(text, { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), (entries: readonly ConfigEntry[]) => {
        const written = formatConfig(entries);
        expect(weRead(written)).toEqual(gitReads(written));
        const meant = entries.map(({ section, subsection, key, value }) =>
          [`${section}.${subsection ?? ""}.${key}`, ...(value === undefined ? [] : [value])].join(
            "\n",
          ),
        );
        expect(weRead(written)).toEqual(meant);
      }),
      { numRuns: 60 },
    );
  });
});

describe("the copy's config", () => {
  it("keeps addresses without what logs in, upstreams and harmless keys; drops the rest by name, never by value", async () => {
    lab.write("a.txt", "a\n");
    lab.commit("first");
    appendFileSync(
      join(lab.repo, ".git/config"),
      `[remote "origin"]
	url = https://me:hunter2@git.example.org/me/app.git
	pushurl = ssh://git:hunter2@git.example.org:2222/me/app.git
	fetch = +refs/heads/*:refs/remotes/origin/*
	proxy = http://me:hunter2@proxy.example.org
	uploadpack = /tmp/hunter2
[branch "main"]
	remote = origin
	merge = refs/heads/main
[pull]
	rebase = true
[user]
	name = Me
	signingkey = hunter2
[http]
	extraHeader = Authorization: Basic hunter2
[http "https://token-hunter2@git.example.org/"]
	extraHeader = Authorization: Basic hunter2
[credential]
	helper = store
[url "https://hunter2@git.example.org/"]
	insteadOf = https://git.example.org/
[include]
	path = /etc/hunter2
[includeIf "gitdir:/hunter2/"]
	path = /etc/hunter2
[core]
	fsmonitor = /tmp/hunter2
	hooksPath = /tmp/hunter2
	sshCommand = hunter2
[filter "lfs"]
	process = hunter2
[submodule "x"]
	update = !hunter2
	url = https://hunter2@git.example.org/x.git
[branch "leak"]
	description = ghp_0123456789abcdef0123
`,
    );
    const { dropped } = await lab.clone();
    const config = lab.read(".git/config");
    expect(config).not.toContain("hunter2");
    expect(config).not.toContain("ghp_");
    expect(lab.git(lab.copy, "remote", "get-url", "origin")).toBe(
      "https://git.example.org/me/app.git",
    );
    expect(lab.git(lab.copy, "remote", "get-url", "--push", "origin")).toBe(
      "ssh://git@git.example.org:2222/me/app.git",
    );
    expect(lab.git(lab.copy, "config", "pull.rebase")).toBe("true");
    expect(lab.git(lab.copy, "config", "branch.main.merge")).toBe("refs/heads/main");
    expect(dropped).toEqual([
      "remote.origin.url (userinfo)",
      "remote.origin.pushurl (userinfo)",
      "remote.origin.proxy",
      "remote.origin.uploadpack",
      "user.name",
      "user.signingkey",
      "http.extraheader",
      "http.*.extraheader",
      "credential.helper",
      "url.*.insteadof",
      "include.path",
      "includeif.*.path",
      "core.fsmonitor",
      "core.hookspath",
      "core.sshcommand",
      "filter.*.process",
      "submodule.x.update",
      "submodule.x.url (userinfo)",
      "branch.leak.description (looks like a token)",
    ]);
    expect(readFileSync(join(lab.repo, ".git/config"), "utf8")).toContain("hunter2");
  });

  it("is not made from a config that git would refuse", async () => {
    lab.write("a.txt", "a\n");
    lab.commit("first");
    appendFileSync(join(lab.repo, ".git/config"), '[core]\n\tx = "\n');
    expect(await lab.refusal()).toMatch(/^E_WORKSPACE_GIT: Line \d+ of its config/);
  });

  it("has the settings of the worktree that it is of", async () => {
    lab.write("a.txt", "a\n");
    lab.commit("first");
    lab.git(lab.repo, "config", "extensions.worktreeConfig", "true");
    lab.git(lab.repo, "config", "--worktree", "core.abbrev", "12");
    await lab.clone();
    expect(lab.git(lab.copy, "config", "core.abbrev")).toBe("12");
  });
});

describe("a remote's address", () => {
  it.each([
    ["https://git.example.org/a.git", "https://git.example.org/a.git", undefined],
    ["https://user:pass@git.example.org/a.git", "https://git.example.org/a.git", "userinfo"],
    ["https://tok@en@git.example.org:8443/a.git", "https://git.example.org:8443/a.git", "userinfo"],
    ["HTTPS://tok@git.example.org", "HTTPS://git.example.org", "userinfo"],
    ["https://git.example.org/a.git?private_token=x", "https://git.example.org/a.git", "query"],
    ["https://tok@git.example.org/a?b#c", "https://git.example.org/a", "userinfo"],
    ["ssh://git@git.example.org/a.git", "ssh://git@git.example.org/a.git", undefined],
    ["ssh://git:pass@git.example.org/a.git", "ssh://git@git.example.org/a.git", "userinfo"],
    ["git@git.example.org:me/a.git", "git@git.example.org:me/a.git", undefined],
    ["[::1]:me/a.git", "[::1]:me/a.git", undefined],
    ["/srv/a.git", "/srv/a.git", undefined],
    ["../a.git", "../a.git", undefined],
    ["origin", "origin", undefined],
    [".", ".", undefined],
    ["user:pass@git.example.org:a.git", undefined, "unknown form"],
    ["ext::sh -c touch% /tmp/x", undefined, "unknown form"],
    ["codecommit::eu-west-1://profile@repo", undefined, "unknown form"],
    ["https:/tok@git.example.org/a", undefined, "unknown form"],
    ["https:\\\\tok@git.example.org/a", undefined, "unknown form"],
    ["https://git.example.org\\@evil.example/a", undefined, "unknown form"],
    ["https://a\n@b/", "https://b/", "userinfo"],
  ])("%j comes along as %j", (address, url, lost) => {
    expect(scrubUrl(address)).toEqual({ url, lost });
  });
});
