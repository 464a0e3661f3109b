import { describe, expect, it } from "vitest";
import type { Ask, Verdict } from "../../gateway/config.ts";
import type { GithubGrant } from "./grant.ts";
import { judgeGraphql } from "./graphql-judge.ts";

const grant: GithubGrant = { repos: ["me/app"], words: ["read", "issues", "pulls"], push: [] };

/** GitHub as far as node ids go: each is its repository's name, `none` lies in none. */
const ask: Ask = ({ body }) => {
  const { ids } = (JSON.parse(String(body)) as { variables: { ids: readonly string[] } }).variables;
  const nodes = ids.map((id, index) => {
    if (id === "none") return null;
    const nameWithOwner = id.replace("_", "/");
    return index % 2 === 0 ? { repository: { nameWithOwner } } : { nameWithOwner };
  });
  const answer = Buffer.from(JSON.stringify({ data: { nodes } }));
  return Promise.resolve({ status: 200, fields: undefined as never, body: answer });
};

const judge = (
  query: string,
  variables: object = {},
  more: Partial<GithubGrant> = {},
): Promise<Verdict> =>
  judgeGraphql(
    { ...grant, ...more },
    { body: Buffer.from(JSON.stringify({ query, variables })), path: "/graphql" },
    ask,
  );
const inRepo = (selection: string): string => `{repository(owner:"me",name:"app"){${selection}}}`;

describe("a question to GitHub's GraphQL", () => {
  it.each([
    ["a granted repository", inRepo("id name owner{login} defaultBranchRef{name}"), {}],
    [
      "one whose name is in a variable",
      "query($o:String!,$n:String!){repository(owner:$o,name:$n){id}}",
      { o: "Me", n: "APP" },
    ],
    [
      "one whose name is a default",
      'query($o:String="me"){repository(owner:$o,name:"app"){id}}',
      {},
    ],
    [
      "issues with who wrote them",
      inRepo(
        "issues(first:3){nodes{number title author{login ...on User{name}} comments(last:1){nodes{body author{login}}}} pageInfo{endCursor}}",
      ),
      {},
    ],
    [
      "checks of a pull request",
      inRepo(
        "pullRequest(number:1){commits(last:1){nodes{commit{statusCheckRollup{contexts(first:9){nodes{...on CheckRun{name conclusion}}}}}}} headRepository{name owner{login}} headRepositoryOwner{login}}",
      ),
      {},
    ],
    ["a file", inRepo('object(expression:"HEAD:a"){...on Blob{text}}'), {}],
    [
      "fragments",
      `${inRepo("...a")} fragment a on Repository{...b} fragment b on Repository{id}`,
      {},
    ],
    [
      "a node that lies in it",
      "query($i:ID!){node(id:$i){...on PullRequest{title}}}",
      { i: "me_app" },
    ],
    ["nodes that lie in it", 'query{nodes(ids:["me_app","ME_app"]){id}}', {}],
    ["who asks", "{viewer{login id}}", {}],
    [
      "the schema",
      '{__type(name:"PullRequest"){fields(includeDeprecated:true){name}} rateLimit{remaining}}',
      {},
    ],
    [
      "events of an issue",
      inRepo(
        "issue(number:1){timelineItems(first:9){nodes{...on LabeledEvent{createdAt actor{login}}}}}",
      ),
      {},
    ],
  ])("about %s is let through", async (_what, query, variables) => {
    expect(await judge(query, variables)).toEqual({ ok: true });
  });

  it.each([
    [
      "another repository",
      '{repository(owner:"me",name:"other"){id}}',
      {},
      "not for this repository",
    ],
    [
      "another one beside a granted one",
      '{a:repository(owner:"me",name:"app"){id} b:repository(owner:"me",name:"other"){id}}',
      {},
      "not for this repository",
    ],
    [
      "another one in a fragment",
      '{...f} fragment f on Query{repository(owner:"you",name:"app"){id}}',
      {},
      "not for this repository",
    ],
    [
      "one without a name",
      "query($n:String){repository(owner:$n,name:$n){id}}",
      {},
      "needs owner and name",
    ],
    [
      "repositories of the owner",
      inRepo("owner{...on User{repositories(first:9){nodes{name}}}}"),
      {},
      "repositories may lead",
    ],
    ["forks", inRepo("forks(first:9){nodes{name}}"), {}, "forks may lead"],
    [
      "files of the parent",
      inRepo('parent{object(expression:"HEAD:x"){...on Blob{text}}}'),
      {},
      "object may lead",
    ],
    [
      "files of a pull request's home",
      inRepo("pullRequest(number:1){headRef{repository{issues(first:1){nodes{id}}}}}"),
      {},
      "repository may lead",
    ],
    [
      "issues of an author",
      inRepo("issues(first:1){nodes{author{...on User{issues(first:9){nodes{title}}}}}}"),
      {},
      "issues may lead",
    ],
    [
      "issues that refer to it",
      inRepo(
        "issue(number:1){timelineItems(first:9){nodes{...on CrossReferencedEvent{source{...on Issue{body}}}}}}",
      ),
      {},
      "source may lead",
    ],
    [
      "commits that refer to it",
      inRepo(
        "issue(number:1){timelineItems(first:9){nodes{...on ReferencedEvent{commit{tree{entries{name}}}}}}}",
      ),
      {},
      "commit may lead",
    ],
    [
      "issues that it closes",
      inRepo("pullRequest(number:1){closingIssuesReferences(first:9){nodes{title}}}"),
      {},
      "may lead",
    ],
    ["deploy keys", inRepo("deployKeys(first:9){nodes{key}}"), {}, "may lead"],
    ["a token for cloning", inRepo("tempCloneToken"), {}, "credential"],
    [
      "a search",
      '{search(query:"repo:me/app x",type:ISSUE,first:9){nodes{id}}}',
      {},
      "reaches beyond",
    ],
    ["a user", '{user(login:"me"){login}}', {}, "reaches beyond"],
    ["an organization", '{organization(login:"me"){login}}', {}, "reaches beyond"],
    ["the user's mail", "{viewer{login email}}", {}, "login alone"],
    ["the user's gists", "{viewer{gists(first:9){nodes{name}}}}", {}, "login alone"],
    ["a node elsewhere", 'query{node(id:"me_other"){id}}', {}, "not for this repository"],
    [
      "nodes of which one is elsewhere",
      'query{nodes(ids:["me_app","you_app"]){id}}',
      {},
      "not for this repository",
    ],
    ["a node that is nowhere", 'query{node(id:"none"){id}}', {}, "cannot be found"],
    ["no node", "query($i:ID!){node(id:$i){id}}", {}, "id is missing"],
    [
      "a fragment in itself",
      `${inRepo("...a")} fragment a on Repository{...a}`,
      {},
      "holds itself",
    ],
    [
      "a fragment that goes on and on",
      `${inRepo("...a")} fragment a on Repository{issues{nodes{...a}}}`,
      {},
      "nested too deeply",
    ],
    [
      "fragments that multiply",
      `${inRepo("...a")} ${"abcdefghijklmnop"
        .split("")
        .map(
          (one, index, all) =>
            `fragment ${one} on R{id ${all[index + 1] === undefined ? "" : `...${all[index + 1]} ...${all[index + 1]} ...${all[index + 1]}`}}`,
        )
        .join(" ")}`,
      {},
      "too much",
    ],
    ["a subscription", "subscription{a}", {}, "Subscriptions"],
    ["two operations", `query A${inRepo("id")} query B${inRepo("id")}`, {}, "exactly one"],
  ])("about %s is refused", async (_what, query, variables, why) => {
    expect(await judge(query, variables)).toMatchObject({
      ok: false,
      code: "credential-rule",
      message: expect.stringContaining(why) as string,
    });
  });

  it("needs the word for reading", async () => {
    expect(await judge(inRepo("id"), {}, { words: ["issues"] })).toMatchObject({ ok: false });
    expect(await judge("{viewer{login}}", {}, { words: ["issues"] })).toEqual({ ok: true });
  });

  it.each([
    '{"query":"{viewer{login}}","extensions":{}}',
    '{"query":5}',
    "[]",
    '[{"query":"{viewer{login}}"}]',
    '{"query":"{viewer{login}}","query":"{a}"}',
    '{"query":"query A{viewer{login}}","operationName":"B"}',
    '{"query":"{viewer{login}}","variables":[]}',
    "",
  ])("that reads %s is refused", async (body) => {
    expect(
      await judgeGraphql(grant, { body: Buffer.from(body), path: "/graphql" }, ask),
    ).toMatchObject({ ok: false });
  });
});

describe("a change by GitHub's GraphQL", () => {
  const change = (name: string, input: object, more: Partial<GithubGrant> = {}): Promise<Verdict> =>
    judge(`mutation($input:X!){${name}(input:$input){clientMutationId}}`, { input }, more);

  it.each([
    ["createIssue", { repositoryId: "me_app", title: "x", body: "y" }],
    ["addComment", { subjectId: "me_app", body: "y" }],
    [
      "createPullRequest",
      { repositoryId: "me_app", baseRefName: "main", headRefName: "agent/x", title: "x" },
    ],
    ["addPullRequestReview", { pullRequestId: "me_app", event: "COMMENT", body: "x" }],
  ])("%s is let through in a granted repository, and in no other", async (name, input) => {
    expect(await change(name, input)).toEqual({ ok: true });
    const elsewhere = JSON.parse(JSON.stringify(input).replace("me_app", "me_other")) as object;
    expect(await change(name, elsewhere)).toMatchObject({ ok: false });
    expect(await change(name, input, { words: ["read"] })).toMatchObject({ ok: false });
  });

  it.each([
    ["deleteRepository", { repositoryId: "me_app" }],
    ["createRef", { repositoryId: "me_app", name: "refs/heads/main", oid: "0" }],
    ["createCommitOnBranch", { branch: { id: "me_app" } }],
    ["mergePullRequest", { pullRequestId: "me_app" }],
    ["transferIssue", { issueId: "me_app", repositoryId: "you_app" }],
    ["createIssue", { title: "x" }],
    ["createIssue", { repositoryId: "me_app", title: "x", projectIds: ["y"] }],
    ["createIssue", { repositoryId: "me_app", title: "x", __proto__x: "y" }],
    [
      "createPullRequest",
      { repositoryId: "me_app", headRepositoryId: "you_app", headRefName: "x" },
    ],
    ["createPullRequest", { repositoryId: "me_app", headRefName: "you:x" }],
    ["addPullRequestReview", { pullRequestId: "me_app", event: "APPROVE" }],
    ["submitPullRequestReview", { pullRequestId: "me_app", event: "DISMISS" }],
    ["closeIssue", { issueId: { a: "me_app" } }],
  ])("%s of %j is refused", async (name, input) => {
    expect(await change(name, input)).toMatchObject({ ok: false, code: "credential-rule" });
  });

  it("may approve and merge where that is granted", async () => {
    const more = { words: ["pulls", "merge"] as const };
    expect(await change("mergePullRequest", { pullRequestId: "me_app" }, more)).toEqual({
      ok: true,
    });
    const approval = { pullRequestId: "me_app", event: "APPROVE" };
    expect(await change("addPullRequestReview", approval, more)).toEqual({ ok: true });
  });

  it("does not answer with more than a question would get", async () => {
    const query =
      'mutation{addComment(input:{subjectId:"me_app",body:"x"}){subject{...on Issue{repository{issues{nodes{id}}}}}}}';
    expect(await judge(query)).toMatchObject({
      message: expect.stringContaining("lead") as string,
    });
  });

  it("is refused where one of two changes is", async () => {
    const query =
      'mutation{a:addComment(input:{subjectId:"me_app",body:"x"}){clientMutationId} b:deleteIssue(input:{issueId:"me_app"}){clientMutationId}}';
    expect(await judge(query)).toMatchObject({ ok: false });
  });
});
