/** The table of what is open in Gitea's API, held to the description that Gitea publishes of it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { Fields } from "../../src/gateway/http/fields.ts";
import { createGiteaJudge } from "../../src/credentials/gitea/api.ts";
import {
  alwaysOfRepository,
  alwaysOfServer,
  giteaTable,
} from "../../src/credentials/gitea/api-table.ts";
import type { GiteaWord } from "../../src/manifest/manifest.ts";
import { buildGo } from "../support/go.ts";
import type { Built } from "../support/go.ts";
import { giteaProgram } from "../support/gitea/programs.ts";
import { need } from "../support/require.ts";

let built: Built;
/** `METHOD /path/{parameter}`, of the whole description. */
let operations: readonly string[];

beforeAll(async () => {
  built = await buildGo(giteaProgram);
  if (!built.ok) return;
  const text = await readFile(join(built.folder, "templates/swagger/v1_json.tmpl"), "utf8");
  const { paths } = JSON.parse(text.replaceAll(/\{\{.*?\}\}/g, "x")) as {
    readonly paths: Readonly<Record<string, object>>;
  };
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => method !== "parameters")
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
}, 900_000);

const all = Object.keys(giteaTable) as readonly GiteaWord[];
const judge = createGiteaJudge({ basePath: "", repos: ["me/app"], words: all });

/** Parameters are numbers where Gitea's are; of those of any kind each value stands for all. */
function isOpen(operation: string): boolean {
  const [method = "", path = ""] = operation.split(" ");
  const asked = path
    .replace("{owner}/{repo}", "me/app")
    .replace("{diffType}", "diff")
    .replaceAll(/\{[^}]+\}/g, "1");
  const verdict = judge({ method, path: `/api/v1${asked}`, query: "", fields: new Fields() });
  return verdict?.ok === true;
}

it("names nothing that the description does not", (context) => {
  if (!built.ok) return need(context, built.why);
  const shape = (line: string): string =>
    line.replaceAll(/\{[^}]+\}/g, "{}").replace(/\.(?:diff|patch)$/, ".{}");
  const known = new Set(operations.map(shape));
  const lines = [...alwaysOfRepository, ...all.flatMap((word) => giteaTable[word])].map((line) =>
    line.replace(" ", " /repos/{owner}/{repo}"),
  );
  expect([...lines, ...alwaysOfServer].filter((line) => !known.has(shape(line)))).toEqual([]);
});

it("opens with all words together, of all that the description has, exactly this", (context) => {
  if (!built.ok) return need(context, built.why);
  const writes = operations.filter(
    (operation) => !operation.startsWith("GET ") && isOpen(operation),
  );
  expect(
    writes.map((operation) => operation.replace("/repos/{owner}/{repo}", "")).toSorted(),
  ).toEqual([
    "DELETE /issues/comments/{id}/reactions",
    "DELETE /issues/{index}/labels/{id}",
    "DELETE /issues/{index}/reactions",
    "DELETE /pulls/{index}/requested_reviewers",
    "PATCH /issues/comments/{id}",
    "PATCH /issues/{index}",
    "PATCH /pulls/{index}",
    "PATCH /releases/{id}",
    "PATCH /releases/{id}/assets/{attachment_id}",
    "POST /issues",
    "POST /issues/comments/{id}/reactions",
    "POST /issues/{index}/comments",
    "POST /issues/{index}/deadline",
    "POST /issues/{index}/labels",
    "POST /issues/{index}/reactions",
    "POST /pulls",
    "POST /pulls/{index}/merge",
    "POST /pulls/{index}/requested_reviewers",
    "POST /pulls/{index}/reviews",
    "POST /pulls/{index}/reviews/{id}",
    "POST /releases",
    "POST /releases/{id}/assets",
    "PUT /issues/{index}/labels",
  ]);
  const reads = operations.filter((operation) => operation.startsWith("GET ") && isOpen(operation));
  expect(reads.filter((operation) => !operation.startsWith("GET /repos/{owner}/{repo}"))).toEqual(
    alwaysOfServer.toSorted((one, two) => operations.indexOf(one) - operations.indexOf(two)),
  );
  const never =
    /hook|\/keys|token|secret|variable|runner|collaborator|team|protection|mirror|transfer|subscri|stargazer|permission|notification|forks|avatar/;
  expect(reads.filter((operation) => never.test(operation))).toEqual([]);
  expect(reads.length).toBeGreaterThan(60);
});
