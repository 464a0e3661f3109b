/** How credentials are written, preset by preset: what is read from a manifest, and what is refused in it. */
import { describe, expect, it } from "vitest";
import { BottleErrors } from "../errors/error.ts";
import { describeCredential } from "../plan/describe-credential.ts";
import { checkManifest } from "./check-manifest.ts";
import type { CredentialSpec } from "./manifest.ts";

function read(...written: readonly object[]): readonly CredentialSpec[] {
  const text = JSON.stringify({ version: 1, bottles: { dev: { credentials: written } } });
  return checkManifest("m", text).bottles.get("dev")?.credentials ?? [];
}

function codes(...written: readonly object[]): unknown {
  try {
    return read(...written);
  } catch (error) {
    if (error instanceof BottleErrors) return error.errors[0]?.code;
    throw error;
  }
}

const secret = "file:/secrets/x";

describe("a credential as it is written", () => {
  it.each<[object, object]>([
    [{ preset: "openai" }, { kind: "openai", url: "https://api.openai.com", serverTools: [] }],
    [
      { preset: "gemini", serverTools: ["google_search"] },
      { kind: "gemini", url: "https://generativelanguage.googleapis.com" },
    ],
    [
      { preset: "github", repos: ["me/app"], can: ["read", "push:agent/**"] },
      { kind: "github", url: "https://github.com", repos: ["me/app"] },
    ],
    [{ preset: "registry" }, { kind: "registry", url: null, scopes: [], publish: [] }],
    [
      { preset: "registry", url: "https://npm.example.com/a/", publish: ["@me/app", "b"] },
      { url: "https://npm.example.com/a", publish: ["@me/app", "b"] },
    ],
    [
      { host: "a.example.com", basic: "me:{secret}" },
      { kind: "basic", host: "a.example.com", ports: [443], template: "me:{secret}" },
    ],
    [
      { host: "a.example.com:8443", query: "api_key={secret}", refresh: "10m" },
      { kind: "query", ports: [8443], parameter: "api_key", refresh: 600_000 },
    ],
  ])("%j is read", (written, expected) => {
    const [spec] = read({ ...written, secret });
    expect(spec).toMatchObject(expected);
    if (spec === undefined) throw new Error("none");
    const { name, to, may } = describeCredential(spec);
    for (const text of [name, ...to, ...may]) expect(text).toMatch(/^\S.*\S$/);
  });

  it.each<[string, object, string]>([
    ["a preset that nobody knows", { preset: "githab" }, "E_MANIFEST_VALUE"],
    ["a preset of a later version", { preset: "gitlab" }, "E_MANIFEST_NOT_YET"],
    ["GitHub without repositories", { preset: "github", can: ["read"] }, "E_MANIFEST_MISSING_KEY"],
    [
      "GitHub with all repositories",
      { preset: "github", repos: [], can: ["read"] },
      "E_MANIFEST_VALUE",
    ],
    [
      "GitHub with a wildcard",
      { preset: "github", repos: ["me/*"], can: ["read"] },
      "E_MANIFEST_VALUE",
    ],
    [
      "GitHub with a word it has not",
      { preset: "github", repos: ["me/app"], can: ["admin"] },
      "E_MANIFEST_VALUE",
    ],
    [
      "GitHub with pushes to anything",
      { preset: "github", repos: ["me/app"], can: ["push:"] },
      "E_MANIFEST_VALUE",
    ],
    ["a package in capitals", { preset: "registry", publish: ["@Me/App"] }, "E_MANIFEST_NAME"],
    ["a package with a wildcard", { preset: "registry", publish: ["@me/*"] }, "E_MANIFEST_NAME"],
    ["a scope without its sign", { preset: "registry", scopes: ["me"] }, "E_MANIFEST_NAME"],
    [
      "a registry by http to a name",
      { preset: "registry", url: "http://npm.example.com" },
      "E_MANIFEST_VALUE",
    ],
    [
      "Basic with the password in it",
      { host: "a.example.com", basic: "me:password" },
      "E_MANIFEST_HEADER",
    ],
    [
      "Basic with two secrets",
      { host: "a.example.com", basic: "{secret}:{secret}" },
      "E_MANIFEST_HEADER",
    ],
    [
      "a query with more than the secret",
      { host: "a.example.com", query: "key=x{secret}" },
      "E_MANIFEST_HEADER",
    ],
    [
      "a query with two parameters",
      { host: "a.example.com", query: "a=1&key={secret}" },
      "E_MANIFEST_HEADER",
    ],
    [
      "basic and query at once",
      { host: "a.example.com", basic: "me:{secret}", query: "k={secret}" },
      "E_MANIFEST_UNKNOWN_KEY",
    ],
    [
      "a secret by http to a name",
      { host: "a.example.com", scheme: "http", basic: "me:{secret}" },
      "E_MANIFEST_CONFLICT",
    ],
    ["an interval of seconds", { preset: "openai", refresh: "5s" }, "E_MANIFEST_VALUE"],
    ["an interval of days", { preset: "openai", refresh: "48h" }, "E_MANIFEST_VALUE"],
    [
      "an interval for a variable",
      { preset: "openai", secret: "env:X", refresh: "10m" },
      "E_MANIFEST_CONFLICT",
    ],
  ])("%s is refused", (_what, written, code) => {
    expect(codes({ secret, ...written })).toBe(code);
  });

  it("shows no password that was written where it must not be", () => {
    try {
      read({ host: "a.example.com", basic: "me:hunter2-hunter2", secret });
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error) + String(error)).not.toContain("hunter2");
    }
  });

  it("is one for each host: GitHub's API is another one than its git", () => {
    const github = { preset: "github", repos: ["me/app"], can: ["read", "releases"], secret };
    expect(codes(github, github)).toBe("E_MANIFEST_CONFLICT");
    expect(codes(github, { host: "uploads.github.com", basic: "me:{secret}", secret })).toBe(
      "E_MANIFEST_CONFLICT",
    );
    const git = {
      preset: "git",
      url: "https://github.com",
      repos: ["me/app"],
      can: ["read"],
      secret,
    };
    expect(read(github, git)).toHaveLength(2);
  });
});
