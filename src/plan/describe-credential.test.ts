import { describe, expect, it } from "vitest";
import type { CredentialSpec } from "../manifest/manifest.ts";
import { describeCredential } from "./describe-credential.ts";

const secret = { text: "env:X", source: { kind: "env", variable: "X" } } as const;
const use = {
  url: "https://git.example.com",
  repos: ["me/app"],
  maxPush: 2 ** 26,
  lfs: "none",
} as const;

describe("what a credential may do, for the owner before the start", () => {
  it.each<[string, CredentialSpec, readonly string[]]>([
    [
      "a Gitea",
      {
        kind: "gitea",
        secret,
        ...use,
        can: ["read", "issues", "pulls", "releases", "merge", "push:agent/**", "push:bot"],
      },
      [
        "only in me/app, by the API and git",
        "read files, history, issues, pull requests and releases",
        "open and edit issues, comment on them, set their labels",
        "open and edit pull requests, comment on and review them, but not approve or merge",
        "publish and edit releases, which makes tags",
        "approve and merge pull requests",
        "clone and fetch",
        "push branches agent/**, bot, fast-forward alone, up to 64MiB; never delete, force or tag",
      ],
    ],
    [
      "a git remote that is only read",
      { kind: "git", secret, ...use, user: "git", auth: "basic", can: ["read"], lfs: "read" },
      ["only in me/app", "clone and fetch", "push nothing", "read large files (git-lfs)"],
    ],
  ])("%s", (_name, spec, may) => {
    const described = describeCredential(spec);
    expect(described.may).toEqual(may);
    expect(described).toMatchObject({
      name: `${spec.kind}@git.example.com`,
      to: ["https://git.example.com"],
      from: "env:X",
    });
  });
});
