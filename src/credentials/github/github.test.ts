import { describe, expect, it } from "vitest";
import type { Credential, Verdict } from "../../gateway/config.ts";
import { Fields } from "../../gateway/http/fields.ts";
import type { GithubCredential } from "../../manifest/manifest.ts";
import { compileGithub } from "../presets/github.ts";

const base: GithubCredential = {
  kind: "github",
  secret: { text: "env:T", source: { kind: "env", variable: "T" } },
  url: "https://github.com",
  repos: ["me/app"],
  can: ["read"],
};
const compile = (can: readonly string[], url = base.url): readonly Credential[] =>
  compileGithub({ ...base, can, url }, "ghp-secret", "placeholder");

/** Head and body, as the gateway would ask. */
async function judge(
  credential: Credential | undefined,
  line: string,
  body?: object,
): Promise<Verdict> {
  const [method = "", path = ""] = line.split(" ");
  const request = { method, path, query: "", fields: new Fields() };
  const head = credential?.judgeHead?.(request) ?? { ok: true };
  if (!head.ok) return head;
  const bodyJudge = credential?.judges?.find((one) => one.covers(method, path));
  return (
    (await bodyJudge?.judge(
      { ...request, body: Buffer.from(body === undefined ? "" : JSON.stringify(body)) },
      { ask: () => Promise.reject(new Error("it asks nobody")), find: () => undefined },
    )) ?? { ok: true }
  );
}

const repo = "/repos/me/app";

describe("what the words of a github credential open", () => {
  it.each([
    ["read", `GET ${repo}`, undefined],
    ["read", `HEAD ${repo}`, undefined],
    ["read", "GET /repos/Me/APP/issues", undefined],
    ["read", `GET ${repo}/contents/src/a.ts`, undefined],
    ["read", `GET ${repo}/compare/main...agent/x`, undefined],
    ["read", `GET ${repo}/pulls/1/files`, undefined],
    ["read", "GET /rate_limit", undefined],
    ["issues", `POST ${repo}/issues`, { title: "x" }],
    ["issues", `POST ${repo}/issues/1/comments`, { body: "x" }],
    ["issues", `DELETE ${repo}/issues/1/labels/bug`, undefined],
    ["pulls", `POST ${repo}/pulls`, { head: "agent/x", base: "main", title: "x" }],
    ["pulls", `POST ${repo}/pulls/1/reviews`, { event: "REQUEST_CHANGES", body: "x" }],
    ["releases", `POST ${repo}/releases`, { tag_name: "v1" }],
    ["actions", `GET ${repo}/actions/runs/1/jobs`, undefined],
    ["merge", `PUT ${repo}/pulls/1/merge`, { merge_method: "squash" }],
    ["push:agent/**", `POST ${repo}/git/refs`, { ref: "refs/heads/agent/x", sha: "0" }],
    ["push:agent/**", `PATCH ${repo}/git/refs/heads/agent/x`, { sha: "0", force: false }],
    ["push:agent/**", `PUT ${repo}/contents/a`, { branch: "agent/x", message: "x", content: "" }],
    ["push:agent/**", `POST ${repo}/git/trees`, { tree: [] }],
  ])("%s: %s", async (word, line, body) => {
    expect(await judge(compile([word])[0], line, body)).toEqual({ ok: true });
    const other = word === "read" ? "actions" : "read";
    if (!line.startsWith("GET /rate"))
      expect(await judge(compile([other])[0], line, body)).toMatchObject({ ok: false });
  });

  it.each([
    "GET /repos/me/other",
    "GET /repos/you/app",
    "GET /user",
    "GET /user/repos",
    "GET /users/me",
    "GET /orgs/me/repos",
    "GET /gists",
    "POST /gists",
    "GET /search/code",
    "GET /repositories/1/issues",
    "GET /notifications",
    "GET /installation/repositories",
    "POST /user/keys",
    "GET /graphql",
    `DELETE ${repo}`,
    `PATCH ${repo}`,
    `POST ${repo}/forks`,
    `POST ${repo}/transfer`,
    `POST ${repo}/dispatches`,
    `POST ${repo}/actions/workflows/1/dispatches`,
    `GET ${repo}/actions/secrets`,
    `GET ${repo}/actions/secrets/public-key`,
    `PUT ${repo}/actions/secrets/X`,
    `GET ${repo}/actions/runners`,
    `POST ${repo}/actions/runners/registration-token`,
    `GET ${repo}/keys`,
    `POST ${repo}/keys`,
    `GET ${repo}/hooks`,
    `POST ${repo}/hooks`,
    `PUT ${repo}/collaborators/mallory`,
    `PUT ${repo}/branches/main/protection`,
    `DELETE ${repo}/branches/main/protection`,
    `POST ${repo}/merges`,
    `POST ${repo}/merge-upstream`,
    `PUT ${repo}/pulls/1/update-branch`,
    `DELETE ${repo}/git/refs/heads/agent/x`,
    `DELETE ${repo}/contents/a`,
    `DELETE ${repo}/releases/1`,
    `POST ${repo}/git/tags`,
    `POST ${repo}/environments/x`,
    `POST ${repo}/pages`,
    `POST ${repo}/deployments`,
    `POST ${repo}/statuses/0`,
    `POST ${repo}/issues/1/transfer`,
    `PUT ${repo}/issues/1/lock`,
    `GET ${repo}/compare/main...you:x`,
    `GET ${repo}/%2e%2e/other`,
    `GET ${repo}/../other`,
    "GET //repos/me/app",
    "GET /REPOS/me/app",
  ])("nothing opens %s", async (line) => {
    const all = ["read", "issues", "pulls", "releases", "actions", "merge", "push:agent/**"];
    expect(await judge(compile(all)[0], line)).toMatchObject({
      ok: false,
      code: "credential-rule",
    });
  });

  it.each([
    [`POST ${repo}/git/refs`, { ref: "refs/heads/main" }],
    [`POST ${repo}/git/refs`, { ref: "refs/tags/agent/x" }],
    [`POST ${repo}/git/refs`, { ref: "agent/x" }],
    [`POST ${repo}/git/refs`, {}],
    [`PATCH ${repo}/git/refs/heads/main`, { sha: "0" }],
    [`PATCH ${repo}/git/refs/heads/agent/x`, { sha: "0", force: true }],
    [`PATCH ${repo}/git/refs/heads/agent/x`, { sha: "0", force: "true" }],
    [`PUT ${repo}/contents/a`, { message: "x" }],
    [`PUT ${repo}/contents/a`, { branch: "main" }],
    [`POST ${repo}/pulls`, { head: "you:x", base: "main" }],
    [`POST ${repo}/pulls`, { head: "x", head_repo: "you/app" }],
    [`POST ${repo}/pulls/1/reviews`, { event: "APPROVE" }],
    [`POST ${repo}/pulls/1/reviews/1/events`, { event: "APPROVE" }],
  ])("%s of %j is refused", async (line, body) => {
    expect(await judge(compile(["pulls", "push:agent/**"])[0], line, body)).toMatchObject({
      ok: false,
    });
  });

  it("takes bodies as strict JSON alone", async () => {
    const credential = compile(["issues"])[0];
    const bodyJudge = credential?.judges?.find((one) => one.covers("POST", `${repo}/issues`));
    expect(bodyJudge?.media).toBe("json");
    for (const body of ['{"a":1,"a":2}', "[]", "x", ""])
      expect(
        await bodyJudge?.judge(
          {
            method: "POST",
            path: `${repo}/issues`,
            query: "",
            fields: new Fields(),
            body: Buffer.from(body),
          },
          { ask: () => Promise.reject(new Error()), find: () => undefined },
        ),
      ).toMatchObject({ ok: false });
  });
});

describe("where a github credential goes", () => {
  it("is GitHub's API, and its uploads only for releases", async () => {
    expect(
      compile(["read"]).flatMap(({ authorities }) => authorities.map(({ host }) => host)),
    ).toEqual(["api.github.com"]);
    const [, uploads] = compile(["releases"]);
    expect(uploads?.authorities.map(({ host }) => host)).toEqual(["uploads.github.com"]);
    expect(await judge(uploads, `POST ${repo}/releases/1/assets`)).toEqual({ ok: true });
    for (const line of ["POST /repos/me/other/releases/1/assets", `GET ${repo}`, "POST /x"])
      expect(await judge(uploads, line)).toMatchObject({ ok: false });
  });

  it("is one host for an Enterprise Server", async () => {
    const [credential, ...more] = compile(["read", "releases"], "https://ghe.example.com");
    expect(more).toEqual([]);
    expect(await judge(credential, `GET /api/v3${repo}`)).toEqual({ ok: true });
    expect(await judge(credential, `POST /api/uploads${repo}/releases/1/assets`)).toEqual({
      ok: true,
    });
    for (const line of [`GET ${repo}`, `GET /me/app`, `GET /api/v4${repo}`, "POST /api/graphql"])
      expect(await judge(credential, line)).toMatchObject({ ok: false });
  });

  it("shows no token that a repository's description holds", () => {
    const [credential] = compile(["read"]);
    const rewrite = credential?.rewrites?.find((one) => one.covers("GET", repo, ""));
    const shown = (told: object): unknown =>
      JSON.parse(String(rewrite?.rewrite(Buffer.from(JSON.stringify(told)), new Fields())));
    expect(shown({ id: 1, temp_clone_token: "ABC" })).toEqual({ id: 1, temp_clone_token: "" });
    expect(shown({ id: 1 })).toEqual({ id: 1 });
    expect(credential?.rewrites?.find((one) => one.covers("GET", `${repo}/issues`, ""))).toBe(
      undefined,
    );
  });
});
