import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { judgeAdvisories } from "./advisory-judge.ts";
import { askedFor } from "./paths.ts";
import { judgePublish } from "./publish-judge.ts";

describe("what a request to a registry is about", () => {
  it.each([
    "GET /express",
    "HEAD /express",
    "GET /@me/pkg",
    "GET /@me%2fpkg",
    "GET /@me%2Fpkg",
    "GET /@me%2fpkg/1.0.0",
    "GET /express/latest",
    "GET /express/-/express-4.0.0.tgz",
    "GET /@me/pkg/-/pkg-1.0.0.tgz",
    "GET /@me/pkg/-/@me/pkg-1.0.0.tgz",
    "GET /-/package/@me%2fpkg/dist-tags",
    "GET /-/npm/v1/keys",
    "GET /-/v1/search",
    "GET /-/ping",
  ])("%s reads", (line) => {
    const [method = "", path = ""] = line.split(" ");
    expect(askedFor(method, path)).toEqual({ kind: "read" });
  });

  it.each([
    "GET /",
    "GET /-/whoami",
    "GET /-/user/org.couchdb.user:me",
    "GET /-/npm/v1/user",
    "GET /-/npm/v1/tokens",
    "GET /-/org/me/user",
    "GET /-/team/me/x/package",
    "GET /-/package/@me%2fpkg/access",
    "GET /-/package/@me%2fpkg/collaborators",
    "GET /-/package/express/access",
    "GET /express/-/../../-/whoami",
    "GET /@me%2f..%2f-%2fwhoami",
    "GET /@me%2f%2e%2e",
    "PUT /-/user/org.couchdb.user:me",
    "PUT /-/package/express/dist-tags/latest",
    "PUT /express/-rev/1",
    "DELETE /express/-rev/1",
    "DELETE /-/package/express/dist-tags/beta",
    "POST /-/npm/v1/tokens",
    "POST /express",
    "POST /-/package/express/access",
    "PATCH /express",
  ])("%s is nothing that is open", (line) => {
    const [method = "", path = ""] = line.split(" ");
    expect(askedFor(method, path)).toBe(undefined);
  });

  it("PUT of a package names it", () => {
    expect(askedFor("PUT", "/@me%2fpkg")).toEqual({ kind: "package", name: "@me/pkg" });
    expect(askedFor("PUT", "/pkg")).toEqual({ kind: "package", name: "pkg" });
  });
});

describe("a package on its way to a registry", () => {
  const file = (content: string): object => ({
    content_type: "application/octet-stream",
    data: gzipSync(content).toString("base64"),
  });
  const document = {
    _id: "@me/pkg",
    name: "@me/pkg",
    description: "x",
    "dist-tags": { latest: "1.0.0" },
    versions: { "1.0.0": { name: "@me/pkg", version: "1.0.0", dist: { tarball: "x" } } },
    access: null,
    _attachments: { "@me/pkg-1.0.0.tgz": file("hello") },
  };
  const judge = (value: unknown): unknown =>
    judgePublish("@me/pkg", Buffer.from(JSON.stringify(value)), (data) =>
      data.includes("SECRET") ? "a secret" : undefined,
    );

  it("passes where all of it is one version of it", () => {
    expect(judge(document)).toEqual({ ok: true });
  });

  it.each<[string, object]>([
    ["another package's name", { name: "@me/other" }],
    ["another id", { _id: "@me/other" }],
    ["no version", { versions: {} }],
    [
      "two versions",
      { versions: { ...document.versions, "2.0.0": { name: "@me/pkg", version: "2.0.0" } } },
    ],
    [
      "a version of another package",
      { versions: { "1.0.0": { name: "@me/other", version: "1.0.0" } } },
    ],
    [
      "a version that calls itself another",
      { versions: { "1.0.0": { name: "@me/pkg", version: "2.0.0" } } },
    ],
    ["a tag for another version", { "dist-tags": { latest: "1.0.0", old: "0.9.0" } }],
    ["no tag", { "dist-tags": {} }],
    ["no file", { _attachments: {} }],
    ["a file of another package", { _attachments: { "@me/other-1.0.0.tgz": file("x") } }],
    ["a file without data", { _attachments: { "@me/pkg-1.0.0.tgz": {} } }],
    ["other fields", { maintainers: [{ name: "mallory" }] }],
    ["a revision", { _rev: "1-2" }],
  ])("is refused with %s", (_what, change) => {
    expect(judge({ ...document, ...change })).toMatchObject({ ok: false, code: "credential-rule" });
  });

  it("is refused where its tarball holds a value that may not leave, or cannot be unpacked", () => {
    const holding = (data: object): object => ({
      ...document,
      _attachments: { "@me/pkg-1.0.0.tgz": data },
    });
    expect(judge(holding(file("a SECRET in it")))).toMatchObject({ code: "blocked-value" });
    const broken = Buffer.from([0x1f, 0x8b, 1, 2, 3]).toString("base64");
    expect(judge(holding({ data: broken }))).toMatchObject({ code: "unreadable-body" });
  });

  it.each(["", "[]", "null", '{"name":"@me/pkg","name":"x"}'])("is refused as %j", (body) => {
    expect(judgePublish("@me/pkg", Buffer.from(body), () => undefined)).toMatchObject({
      ok: false,
    });
  });
});

describe("the question for advisories", () => {
  const ask = (value: unknown, coding?: string): unknown =>
    judgeAdvisories(
      coding === "gzip" ? gzipSync(JSON.stringify(value)) : Buffer.from(JSON.stringify(value)),
      coding,
    );

  it("holds packages and versions, plain or compressed", () => {
    for (const coding of [undefined, "gzip"])
      expect(ask({ express: ["4.0.0"], "@me/pkg": ["1.0.0-rc.1+x"] }, coding)).toEqual({
        ok: true,
      });
  });

  it.each([
    [{ express: ["the source of everything"] }],
    [{ "a name with words": ["1.0.0"] }],
    [{ express: "4.0.0" }],
    [["express"]],
  ])("is refused as %j", (value) => {
    expect(ask(value)).toMatchObject({ ok: false });
  });

  it("is refused in a coding that is not read, or is a lie", () => {
    expect(ask({}, "br")).toMatchObject({ code: "unreadable-body" });
    expect(judgeAdvisories(Buffer.from("x"), "gzip")).toMatchObject({ code: "unreadable-body" });
    const bomb = gzipSync(Buffer.alloc(9 * 1024 * 1024));
    expect(judgeAdvisories(bomb, "gzip")).toMatchObject({ code: "unreadable-body" });
  });
});
