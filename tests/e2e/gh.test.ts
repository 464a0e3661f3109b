/** GitHub's own command line client with a dummy token, through a real gateway, against a fake Enterprise Server. */
import { beforeAll, describe, expect, it } from "vitest";
import type { GithubCredential } from "../../src/manifest/manifest.ts";
import { clientSecret, openClientScene } from "../support/client-scene.ts";
import type { ClientScene, Said, Seen } from "../support/client-scene.ts";
import { buildGo } from "../support/go.ts";
import type { Built } from "../support/go.ts";
import { need } from "../support/require.ts";

/** Cold, on two cores. */
const buildTime = 900_000;

let gh: Built;

beforeAll(async () => {
  gh = await buildGo({
    name: "gh-2.40.0",
    from: { module: "github.com/cli/cli/v2", version: "v2.40.0" },
    main: "cmd/gh",
  });
}, buildTime);

const issue = {
  number: 7,
  title: "A fault",
  state: "OPEN",
  updatedAt: "2026-01-01T00:00:00Z",
  labels: { nodes: [], totalCount: 0 },
};

/** As much of GitHub as the client asks for here (docs.github.com/graphql). */
function answer({ line, body }: Seen, url: string): Said {
  const text = body.toString();
  if (line === "GET /api/v3/repos/me/app")
    return { body: { full_name: "me/app", temp_clone_token: "CLONETOKEN" } };
  if (line === "POST /api/v3/repos/me/app/issues/7/comments")
    return { status: 201, body: { id: 1, html_url: `${url}/me/app/issues/7#issuecomment-1` } };
  if (line !== "POST /api/graphql") return { status: 404, body: { message: "Not Found" } };
  if (text.includes("nodes(ids:$ids)"))
    return { body: { data: { nodes: [{ __typename: "Repository", nameWithOwner: "me/app" }] } } };
  if (text.includes("createIssue"))
    return {
      body: { data: { createIssue: { issue: { id: "I_8", url: `${url}/me/app/issues/8` } } } },
    };
  if (text.includes("__type"))
    return { body: { data: { Issue: { fields: [{ name: "stateReason" }] } } } };
  const repository = {
    id: "R_1",
    name: "app",
    owner: { login: "me" },
    hasIssuesEnabled: true,
    viewerPermission: "WRITE",
    issues: { totalCount: 1, nodes: [issue], pageInfo: { hasNextPage: false, endCursor: "" } },
  };
  return { body: { data: { repository, viewer: { login: "me" } } } };
}

function scene(can: readonly string[]): Promise<ClientScene> {
  return openClientScene({
    answer,
    spec: (url): GithubCredential => ({
      kind: "github",
      secret: { text: "env:T", source: { kind: "env", variable: "T" } },
      url,
      repos: ["me/app"],
      can,
    }),
  });
}

describe("gh with a dummy token", () => {
  const program = (context: Parameters<typeof need>[0]): string => {
    if (!gh.ok) need(context, gh.why);
    return gh.ok ? gh.program : "";
  };

  it("lists issues, opens one and comments", async (context) => {
    const run = program(context);
    await using opened = await scene(["read", "issues"]);
    const repo = `${opened.host}/me/app`;
    const list = await opened.run(run, ["issue", "list", "-R", repo]);
    expect(list).toMatchObject({ code: 0, stdout: expect.stringContaining("A fault") as string });
    const made = await opened.run(run, [
      "issue",
      "create",
      "-R",
      repo,
      "--title",
      "x",
      "--body",
      "y",
    ]);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining("/issues/8") as string });
    const api = ["api", "repos/me/app/issues/7/comments", "-f", "body=hello"];
    expect(await opened.run(run, api)).toMatchObject({ code: 0 });
    for (const { authorization } of opened.seen)
      expect(authorization).toBe(`token ${clientSecret}`);
  });

  it("learns no token that GitHub tells", async (context) => {
    const run = program(context);
    await using opened = await scene(["read"]);
    const { code, stdout } = await opened.run(run, ["api", "repos/me/app"]);
    expect(code).toBe(0);
    expect(stdout).toContain('"temp_clone_token":""');
  });

  it.each([
    ["another repository", ["api", "repos/me/other"], "not for this repository, but for me/app"],
    ["the user's keys", ["api", "user/keys"], "not users"],
    [
      "a mutation that is not granted",
      [
        "api",
        "graphql",
        "-f",
        'query=mutation{deleteIssue(input:{issueId:"I"}){clientMutationId}}',
      ],
      "deleteIssue is not granted",
    ],
    [
      "another repository's issues",
      ["issue", "list", "-R", "HOST/me/other"],
      "not for this repository",
    ],
    [
      "an issue where reading alone is granted",
      ["issue", "create", "-R", "HOST/me/app", "--title", "x", "--body", "y"],
      "createIssue is not granted",
    ],
  ] as const)("is told why %s is refused", async (_what, args, why) => {
    if (!gh.ok) throw new Error(gh.why);
    const run = gh.program;
    await using opened = await scene(["read"]);
    const told = await opened.run(
      run,
      args.map((arg) => arg.replace("HOST", opened.host)),
    );
    expect(told.code).not.toBe(0);
    expect(told.stderr).toContain("claude-bottle:");
    expect(told.stderr).toContain(why);
  });
});
