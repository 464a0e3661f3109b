import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fields } from "../../gateway/http/fields.ts";
import type { GiteaWord } from "../../manifest/manifest.ts";
import { createGiteaJudge } from "./api.ts";
import { giteaTable } from "./api-table.ts";
import { giteaJudges } from "./bodies.ts";

const all = Object.keys(giteaTable) as readonly GiteaWord[];

/** `query` and `fields` in short. */
function ask(
  line: string,
  {
    words = all,
    fields = {},
  }: {
    readonly words?: readonly GiteaWord[];
    readonly fields?: Readonly<Record<string, string>>;
  } = {},
): { readonly ok: boolean; readonly message: string } | undefined {
  const [method = "", target = ""] = line.split(" ");
  const at = target.indexOf("?");
  const path = at < 0 ? target : target.slice(0, at);
  const read = new Fields();
  for (const [name, value] of Object.entries(fields)) read.add(name, value);
  const judge = createGiteaJudge({ basePath: "/git", repos: ["me/app"], words });
  const verdict = judge({ method, path, query: at < 0 ? "" : target.slice(at), fields: read });
  if (verdict === undefined) return undefined;
  return { ok: verdict.ok, message: verdict.ok ? "" : verdict.message };
}

const repo = "/git/api/v1/repos/me/app";

describe("the API of Gitea", () => {
  it.each<[GiteaWord, string, boolean]>([
    ["read", `GET ${repo}`, true],
    ["read", `GET ${repo}/contents/src/a%20b.ts?ref=main`, true],
    ["read", `GET ${repo}/raw/a/b/c.txt`, true],
    ["read", `GET ${repo}/issues?state=open&page=1&limit=50`, true],
    ["read", "GET /git/api/v1/user", true],
    ["read", "GET /git/api/v1/version", true],
    ["read", `POST ${repo}/issues`, false],
    ["read", `POST ${repo}/contents/x`, false],
    ["issues", `POST ${repo}/issues`, true],
    ["issues", `POST ${repo}/issues/1/comments`, true],
    ["issues", `GET ${repo}/issues/1`, true],
    ["issues", `GET ${repo}/contents/x`, false],
    ["issues", `POST ${repo}/pulls`, false],
    ["issues", `DELETE ${repo}/issues/1`, false],
    ["pulls", `POST ${repo}/pulls`, true],
    ["pulls", `POST ${repo}/pulls/1/merge`, false],
    ["pulls", `POST ${repo}/pulls/1/update`, false],
    ["merge", `POST ${repo}/pulls/1/merge`, true],
    ["releases", `POST ${repo}/releases`, true],
    ["releases", `DELETE ${repo}/releases/1`, false],
    ["releases", `DELETE ${repo}/tags/v1`, false],
  ])("with %s: %s is open: %s", (word, line, ok) => {
    expect(ask(line, { words: [word] })?.ok).toBe(ok);
  });

  it.each([
    "GET /git/api/v1/users/search",
    "GET /git/api/v1/user/repos",
    "GET /git/api/v1/user/keys",
    "POST /git/api/v1/user/applications/oauth2",
    "POST /git/api/v1/users/me/tokens",
    "GET /git/api/v1/admin/users",
    "GET /git/api/v1/orgs/me",
    "GET /git/api/v1/repos/search",
    "GET /git/api/v1/repos/issues/search",
    "POST /git/api/v1/repos/migrate",
    "GET /git/api/v1/repositories/1",
    "GET /git/api/swagger",
    "GET /git/api/packages/me/npm/x",
    "GET /git/api/v2/repos/me/app",
    `DELETE ${repo}`,
    `PATCH ${repo}`,
    `POST ${repo}/forks`,
    `POST ${repo}/transfer`,
    `POST ${repo}/hooks`,
    `GET ${repo}/hooks`,
    `POST ${repo}/keys`,
    `GET ${repo}/collaborators`,
    `PUT ${repo}/collaborators/eve`,
    `PUT ${repo}/actions/secrets/X`,
    `GET ${repo}/actions/variables`,
    `POST ${repo}/actions/workflows/x.yml/dispatches`,
    `POST ${repo}/branches`,
    `DELETE ${repo}/branches/main`,
    `POST ${repo}/branch_protections`,
    `POST ${repo}/mirror-sync`,
    `POST ${repo}/tags`,
    `HEAD ${repo}`,
    // Another repository, or this one in another spelling.
    "GET /git/api/v1/repos/me/other",
    "GET /git/api/v1/repos/Me/app",
    "GET /git/api/v1/repos/me/app.git",
    "GET /git/api/v1/repos/me/app/../other",
    "GET /git/api/v1/repos/me/ap%70",
    "GET /git/api/v1/repos/me%2Fapp",
    `GET ${repo}/compare/main...eve:main`,
    `GET ${repo}/pulls/main/eve:x`,
    `GET ${repo}/contents/../../other`,
    `GET ${repo}/contents/a%2F..%2Fb`,
    `GET ${repo}/contents/%2e%2e/x`,
    `GET ${repo}/issues/1/`,
    `GET ${repo}/issues/1;x`,
    `GET ${repo}/issues/x`,
    `GET ${repo}//issues`,
  ])("does not open, with every word: %s", (line) => {
    expect(ask(line)?.ok).toBe(false);
  });

  it.each([
    "sudo=eve",
    "SUDO=eve",
    "token=x",
    "access_token=x",
    "page=1&sudo=eve",
    "%73udo=eve",
    "su%64o=eve",
    "sudo",
    "page=1;sudo=eve",
    "+sudo=eve",
    "sudo%20=eve",
    "a[b]=c",
    "=x",
  ])("does not open with ?%s", (query) => {
    expect(ask(`GET ${repo}/issues?${query}`)?.ok).toBe(false);
  });

  it.each([
    ["Sudo", "eve"],
    ["SUDO", "eve"],
    ["Signature", "keyId=x"],
    ["X-WEBAUTH-USER", "eve"],
    ["X_WebAuth_User", "eve"],
    ["Content-Type", "multipart/form-data; boundary=x"],
    ["Content-Type", "application/x-www-form-urlencoded"],
  ])("does not open a GET with the field %s: %s", (name, value) => {
    expect(ask(`GET ${repo}/issues`, { fields: { [name]: value } })?.ok).toBe(false);
  });

  it("is not judged where it is not the API", () => {
    for (const path of ["/git/me/app/issues", "/api/v1/repos/me/app", "/gitx/api/v1/user"])
      expect(ask(`GET ${path}`)).toBeUndefined();
  });

  it("never opens another repository, whatever the path", () => {
    const step = fc.constantFrom(
      "me",
      "app",
      "other",
      "..",
      ".",
      "%2e%2e",
      "%2F",
      "",
      "issues",
      "1",
      ";",
      "repos",
      "v1",
      "api",
      "\\",
      "%5c",
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 9 }), (steps) => {
        const path = `/git/api/v1/${steps.join("/")}`;
        const server = /^\/(?:version|user|settings\/\w+)$/.test(path.slice(11));
        if (ask(`GET ${path}`)?.ok === true && !server) {
          expect(path.startsWith(repo)).toBe(true);
          expect(new URL(path, "http://x").pathname.startsWith(repo)).toBe(true);
        }
      }),
      { seed: 20261124, numRuns: 5000 },
    );
  });
});

describe("a body for Gitea's API", () => {
  function judge(
    line: string,
    body: string | object,
    { type = "application/json", words = all } = {},
  ): boolean {
    const [method = "", path = ""] = line.split(" ");
    const fields = new Fields();
    fields.add("Content-Type", type);
    const found = giteaJudges({ basePath: "/git", repos: ["me/app"], words }).find((one) =>
      one.covers(method, path),
    );
    const data = Buffer.from(typeof body === "string" ? body : JSON.stringify(body), "latin1");
    const verdict = found?.judge(
      { method, path, query: "", fields, body: data },
      { ask: () => Promise.reject(new Error("no")), find: () => undefined },
    );
    if (verdict === undefined || verdict instanceof Promise) throw new Error("nobody judged it");
    return verdict.ok;
  }
  const noMerge = all.filter((word) => word !== "merge");

  it.each<[string, boolean, string, string | object]>([
    ["an issue", true, `POST ${repo}/issues`, { title: "t", body: "b" }],
    ["nothing", true, `DELETE ${repo}/issues/1/labels/2`, ""],
    ["no JSON", false, `POST ${repo}/issues`, "title=t"],
    ["a list", false, `POST ${repo}/issues`, "[]"],
    ["a key twice", false, `POST ${repo}/issues`, '{"title":"a","title":"b"}'],
    ["a key twice for Go", false, `POST ${repo}/pulls`, '{"head":"a","HEAD":"eve:x"}'],
    ["a pull request", true, `POST ${repo}/pulls`, { head: "agent/x", base: "main" }],
    ["one with the owner named", true, `POST ${repo}/pulls`, { head: "me:agent/x", base: "main" }],
    ["one from a fork", false, `POST ${repo}/pulls`, { head: "eve:x", base: "main" }],
    ["one from a fork, in Go's spelling", false, `POST ${repo}/pulls`, { Head: "eve:x" }],
    ["a comment", true, `POST ${repo}/pulls/1/reviews`, { event: "COMMENT", body: "x" }],
    ["an approval", false, `POST ${repo}/pulls/1/reviews`, { event: "APPROVED" }],
    [
      "an approval of a pending review",
      false,
      `POST ${repo}/pulls/1/reviews/2`,
      { EVENT: "APPROVED" },
    ],
    ["an approval by another name", false, `POST ${repo}/pulls/1/reviews`, { event: "APPROVE" }],
  ])("with %s may go on without merge: %s", (_what, ok, line, body) => {
    expect(judge(line, body, { words: noMerge })).toBe(ok);
  });

  it("may approve and merge with the word, but delete no branch", () => {
    expect(judge(`POST ${repo}/pulls/1/reviews`, { event: "APPROVED" })).toBe(true);
    expect(judge(`POST ${repo}/pulls/1/merge`, { Do: "merge" })).toBe(true);
    expect(
      judge(`POST ${repo}/pulls/1/merge`, { Do: "merge", delete_branch_after_merge: true }),
    ).toBe(false);
  });

  const part =
    'Content-Disposition: form-data; name="attachment"; filename="a.zip"\r\nContent-Type: application/octet-stream';
  const form = `--b\r\n${part}\r\n\r\nPK\x03\x04\r\n--b--\r\n`;
  it.each<[string, boolean, string, string]>([
    ["a file as it is", true, "application/octet-stream", "PK"],
    ["a form with the file", true, "multipart/form-data; boundary=b", form],
    [
      "a second part",
      false,
      "multipart/form-data; boundary=b",
      form.replace(
        "--b--",
        `--b\r\nContent-Disposition: form-data; name="sudo"\r\n\r\neve\r\n--b--`,
      ),
    ],
    ["another name", false, "multipart/form-data; boundary=b", form.replace("attachment", "sudo")],
    [
      "a part before",
      false,
      "multipart/form-data; boundary=b",
      `--b\r\nContent-Disposition: form-data; name="sudo"\r\n\r\neve\r\n${form}`,
    ],
    ["text before the first part", false, "multipart/form-data; boundary=b", `x\r\n${form}`],
    ["more behind", false, "multipart/form-data; boundary=b", `${form}--b\r\nx`],
    ["no boundary", false, "multipart/form-data", form],
    ["two boundaries", false, "multipart/form-data; boundary=b; boundary=c", form],
    ["a form of fields", false, "application/x-www-form-urlencoded", "sudo=eve"],
    ["JSON", false, "application/json", "{}"],
  ])("of a release's file may be %s: %s", (_what, ok, type, body) => {
    expect(judge(`POST ${repo}/releases/1/assets`, body, { type })).toBe(ok);
  });
});
