/** tea and git in a real bottle, with a dummy token, against a real Gitea whose real token may do everything. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildGo } from "../support/go.ts";
import type { Built } from "../support/go.ts";
import { giteaProgram, sdkClient, teaProgram } from "../support/gitea/programs.ts";
import { need, notApplicable } from "../support/require.ts";
import { openForge } from "./support/forge.ts";
import type { Forge } from "./support/forge.ts";

/** Cold, on two cores, Gitea takes three minutes to build. */
const buildTime = 900_000;

const secretValue = "correct-horse-battery-staple";

let gitea: Built;
let client: Built;
let tea: Built;
let forge: Forge | undefined;

beforeAll(async () => {
  [gitea, client, tea] = (await Promise.all(
    [giteaProgram, sdkClient, teaProgram].map(buildGo),
  )) as [Built, Built, Built];
  if (!gitea.ok || !client.ok) return;
  forge = await openForge({
    gitea,
    tools: { gitea: client.program, ...(tea.ok ? { tea: tea.program } : {}) },
    can: ["read", "issues", "pulls", "push:agent/**"],
    env: { DB_PASSWORD: secretValue },
  });
}, buildTime);

afterAll(async () => {
  await forge?.[Symbol.asyncDispose]();
});

type Context = Parameters<typeof need>[0];

function forgeOf(context: Context): Forge {
  for (const built of [gitea, client]) if (!built.ok) need(context, built.why);
  if (forge === undefined) throw new Error("no forge");
  return forge;
}

const clone = "git clone -q https://git.example.org/owner/app && cd app";

describe("a client of Gitea in a bottle", () => {
  it("knows who it is, lists, opens and comments an issue with no set-up", async (context) => {
    const { bottle, gitea: server } = forgeOf(context);
    const result = await bottle(`set -e; t=/opt/tools/gitea
      $t whoami; $t issues owner/app; $t open owner/app "A title" "A body"
      $t comment owner/app 1 "Seen."; $t file owner/app README.md`);
    expect(result.stdout).toMatch(/^owner\n1 open It leaks\nopened \d+\ncommented: Seen\.\n# app/);
    expect(result.code).toBe(0);
    expect(await server.api("GET", "/repos/owner/app/issues/1/comments")).toMatchObject([
      { body: "Seen." },
    ]);
  });

  it("is refused what is not granted, with the reason in its own error", async (context) => {
    const { bottle, gitea: server } = forgeOf(context);
    const before = server.received();
    const { stdout } = await bottle(`t=/opt/tools/gitea
      for c in "issues owner/other" "open owner/other T B" "hooks owner/app" keys users "merge owner/app 1"; do
        $t $c 2>&1; echo "= $?"; done`);
    const other =
      "Error: claude-bottle: The credential is not for this repository, but for owner/app.";
    const granted =
      "Error: claude-bottle: This request is not among what is granted (can: [read, issues, pulls]).";
    const only =
      "Error: claude-bottle: Of the API, only the granted repositories are open, not users, organizations or the server.";
    expect(stdout.split("= 1\n").map((text) => text.trim())).toEqual([
      other,
      other,
      granted,
      only,
      only,
      "Error: not merged",
      "",
    ]);
    // Nothing but the questions that the SDK begins with came.
    const came =
      server
        .received()
        .slice(before.length)
        .match(/^(?:GET|POST) \S+/gm) ?? [];
    expect([...new Set(came)]).toEqual(["GET /api/v1/version"]);
  });
});

describe("tea in a bottle", () => {
  it("lists, opens and comments an issue with no set-up, and is refused another repository", async (context) => {
    const { bottle, gitea: server } = forgeOf(context);
    if (!tea.ok && tea.refused) notApplicable(context, tea.why);
    if (!tea.ok) return need(context, tea.why);
    const result = await bottle(`set -e; t=/opt/tools/tea
      $t issues list --repo owner/app --output simple
      $t issues create --repo owner/app --title "By tea" --description "Body"
      $t comment --repo owner/app 1 "By tea."
      $t issues list --repo owner/other --output simple 2>&1 || true`);
    expect(result.stdout).toContain("It leaks");
    expect(result.stdout).toContain(
      "The credential is not for this repository, but for owner/app.",
    );
    expect(JSON.stringify(await server.api("GET", "/repos/owner/app/issues/1/comments"))).toContain(
      "By tea.",
    );
  });
});

describe("git in a bottle", () => {
  it("clones, fetches and pushes agent/x with no set-up", async (context) => {
    const { bottle, tip } = forgeOf(context);
    const result = await bottle(`set -e; ${clone}
      git switch -q -c agent/x; echo one > one; git add one; git commit -qm one
      git push -q origin agent/x; git fetch -q; git rev-parse origin/agent/x`);
    expect(result.stdout.trim()).toBe(await tip("agent/x"));
  });

  it("pushes what main had before, on a branch that is behind it", async (context) => {
    const { bottle, tip, gitea: server } = forgeOf(context);
    await bottle(`set -e; ${clone}; git push -q origin HEAD:refs/heads/agent/behind`);
    await server.api("POST", "/repos/owner/app/contents/later.txt", {
      content: Buffer.from("later").toString("base64"),
      message: "later",
    });
    const result =
      await bottle(`set -e; git clone -q -b agent/behind git@git.example.org:owner/app.git; cd app
      git merge -q --ff-only origin/main; git push -q`);
    expect(result.stderr).not.toMatch(/rejected/);
    expect(await tip("agent/behind")).toBe(await tip("main"));
  });

  it.for<[string, string, string, RegExp]>([
    [
      "to main",
      "echo x > x; git add x; git commit -qm x",
      "HEAD:main",
      /only branches that match agent\/\*\* may be pushed/,
    ],
    ["by force", "git commit -q --amend -m other", "--force HEAD:agent/r", /not a fast-forward/],
    ["that deletes", "true", "--delete agent/r", /a ref may not be deleted/],
    ["of a tag", "git tag v1", "v1", /only branches that match/],
    [
      "of a value that may not leave",
      `echo ${secretValue} > config; git add config; git commit -qm config`,
      "HEAD:agent/s",
      /a file in it holds env DB_PASSWORD, which may not leave/,
    ],
  ])(
    "is refused a push %s, with the reason in its own words, and no byte of it leaves",
    async ([, work, push, reason], context) => {
      const { bottle, tip, gitea: server } = forgeOf(context);
      await bottle(`set -e; ${clone}; git push -q origin HEAD:refs/heads/agent/r`);
      const [main, branch] = [await tip("main"), await tip("agent/r")];
      const before = server.received().length;
      const result = await bottle(`${clone}; ${work}; git push origin ${push}; echo "= $?"`);
      expect(result.stdout).toContain("= 1");
      expect(result.stderr).toMatch(/! \[remote rejected\] .*\(claude-bottle: /);
      expect(result.stderr).toMatch(reason);
      const came = server.received().slice(before);
      expect(came).not.toMatch(/POST \S*git-receive-pack/);
      expect([await tip("main"), await tip("agent/r")]).toEqual([main, branch]);
    },
  );

  it("is refused another repository of the same token, with the reason in its own words", async (context) => {
    const { bottle } = forgeOf(context);
    const result = await bottle("git clone https://git.example.org/owner/other; echo = $?");
    expect(result.stdout).toContain("= 128");
    expect(result.stderr).toContain(
      "remote: claude-bottle: The credential is not for this repository, but for owner/app.",
    );
  });
});

it("has the real token nowhere: not inside, and in nothing that is written down", async (context) => {
  const { bottle, scene, gitea: server } = forgeOf(context);
  const result = await bottle(`env; cat /proc/*/environ; ${clone}
    git config --list; GIT_CURL_VERBOSE=1 GIT_TRACE_REDACT=0 git fetch 2>&1
    find ~ /work /run/claude-bottle -type f -exec cat {} +`);
  expect(result.stdout).toContain("claude-bottle-placeholder-");
  const basic = Buffer.from(`git:${server.token}`).toString("base64");
  expect(server.received()).toContain(`Basic ${basic}`);
  for (const hidden of [server.token, basic]) {
    expect(result.stdout + result.stderr).not.toContain(hidden);
    for (const text of await everyFile(scene.stateHome)) expect(text).not.toContain(hidden);
  }
});

async function everyFile(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "latin1")));
}
