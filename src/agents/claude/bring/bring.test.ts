/** What comes of the owner's Claude Code set-up, what stays, and what stops the start. */
import { describe, expect, test } from "vitest";
import type { BringRequest, BroughtFiles, OwnerTree } from "../../../lifecycle/agent.ts";
import { tokenShape } from "../../../manifest/token-shapes.ts";
import { bringClaude } from "./bring.ts";

const token = `sk-ant-oat01-${"x".repeat(20)}`;

/** Contents by path: a text is a file, an object a folder of files, null a link. */
type Owner = Readonly<Record<string, string | null | Readonly<Record<string, string | null>>>>;

function bring(owner: Owner, request: Partial<BringRequest>): BroughtFiles {
  return bringClaude({
    parts: [],
    skills: [],
    secretShape: (text) => tokenShape(text)?.name,
    isInside: (program) => program === "node" || program === "/usr/bin/env",
    ...request,
    owner: { read: (path) => treeOf(owner[path]) },
  });
}

function treeOf(value: Owner[string] | undefined): OwnerTree | undefined {
  if (value === undefined) return undefined;
  if (value === null) return { files: [], odd: [""] };
  const entries = typeof value === "string" ? [["", value] as const] : Object.entries(value);
  return {
    files: entries.flatMap(([path, text]) =>
      text === null ? [] : [{ path, content: Buffer.from(text), mode: 0o600 }],
    ),
    odd: entries.flatMap(([path, text]) => (text === null ? [path] : [])),
  };
}

const textOf = (brought: BroughtFiles, path: string): string | undefined => {
  const found = brought.files.find((file) => file.path === path);
  return found === undefined ? undefined : Buffer.from(found.content, "base64").toString();
};

describe("files", () => {
  const owner: Owner = {
    "CLAUDE.md": "be kind\n",
    rules: { "a.md": "rule\n" },
    commands: { "review.md": "Review.\n", "deep/x.md": "X.\n" },
    agents: { "tester.md": "Test.\n" },
    "skills/review": { "SKILL.md": "Look.\n", id_rsa: null },
  };

  test("come as asked, and nothing else", () => {
    const brought = bring(owner, { parts: ["memory", "commands"] });
    expect(brought.files.map(({ path }) => path)).toEqual([
      ".claude/CLAUDE.md",
      ".claude/rules/a.md",
      ".claude/commands/review.md",
      ".claude/commands/deep/x.md",
    ]);
    expect(textOf(brought, ".claude/CLAUDE.md")).toBe("be kind\n");
    expect(brought.comes).toEqual(["CLAUDE.md", "rules (1 file)", "commands (2 files)"]);
    expect(bring(owner, {}).files).toEqual([]);
  });

  test("of a skill come without what is a link, and the link is named", () => {
    const brought = bring(owner, { skills: ["review"] });
    expect(brought.files.map(({ path }) => path)).toEqual([".claude/skills/review/SKILL.md"]);
    expect(brought.stays).toEqual(["~/.claude/skills/review/id_rsa, which is a link or no file"]);
  });

  test("that were asked for and are links are an error", () => {
    for (const [changed, request] of [
      [{ "CLAUDE.md": null }, { parts: ["memory"] }],
      [{ "skills/review": null }, { skills: ["review"] }],
    ] as const)
      expect(() => bring({ ...owner, ...changed }, request)).toThrow(
        expect.objectContaining({
          code: "E_PLAN_BRING",
          message: expect.stringMatching(/is a link/) as string,
        }),
      );
  });

  test("of a skill that is not there are an error", () => {
    expect(() => bring(owner, { skills: ["other"] })).toThrow(/There is no skill other/);
  });

  test("with what looks like a token stop it, with the place and without the value", () => {
    const asked = (): unknown =>
      bring({ commands: { "a.md": `one\ntwo ${token}\n` } }, { parts: ["commands"] });
    expect(asked).toThrow(
      /~\/\.claude\/commands\/a\.md, line 2, holds what looks like an Anthropic key/,
    );
    expect(asked).not.toThrow(token);
  });
});

describe("settings", () => {
  const settings = {
    model: "opus",
    language: "de",
    theme: { dark: true },
    hooks: { PreToolUse: [{ hooks: [{ type: "command", command: "evil" }] }] },
    env: { AWS_SECRET_ACCESS_KEY: "x" },
    apiKeyHelper: "evil",
    statusLine: { type: "command", command: "evil" },
    permissions: { allow: ["Bash"] },
    skipDangerousModePermissionPrompt: false,
    somethingNew: "evil",
  };

  test("come by a list; commands, variables, permissions and whatever is new stay and are named", () => {
    const brought = bring({ "settings.json": JSON.stringify(settings) }, { parts: ["settings"] });
    expect(brought.settings).toEqual({ model: "opus", language: "de" });
    expect(brought.stays).toEqual([
      "settings theme, hooks, env, apiKeyHelper, statusLine, permissions, skipDangerousModePermissionPrompt, somethingNew",
    ]);
    expect(brought.files).toEqual([]);
  });

  test("that are no JSON object are an error", () => {
    expect(() => bring({ "settings.json": "[1]" }, { parts: ["settings"] })).toThrow(
      /not a JSON object/,
    );
  });
});

describe("MCP servers", () => {
  const servers = (mcpServers: object): BroughtFiles =>
    bring(
      { ".claude.json": JSON.stringify({ oauthAccount: { secret: 1 }, mcpServers }) },
      { parts: ["mcp"] },
    );

  test("come where their program is there inside, with secrets by name masked", () => {
    const brought = servers({
      local: {
        command: "node",
        args: ["server.js"],
        env: { LEVEL: "debug", API_KEY: "abc", X: "${HOME}" },
      },
      mine: { command: "/home/me/bin/server" },
      missing: { command: "not-there" },
    });
    expect(brought.servers).toEqual({
      local: {
        type: "stdio",
        command: "node",
        args: ["server.js"],
        env: { LEVEL: "debug", API_KEY: "", X: "" },
      },
    });
    expect(brought.stays).toEqual([
      "the values of API_KEY, X of the MCP server local",
      "the MCP server mine, whose program is not there inside",
      "the MCP server missing, whose program is not there inside",
    ]);
  });

  test("by address keep the address alone", () => {
    const brought = servers({
      web: {
        type: "http",
        url: "https://mcp.example.org/a",
        headers: { Authorization: "Bearer x" },
      },
      user: { type: "sse", url: "https://a:b@mcp.example.org/" },
      query: { type: "http", url: "https://mcp.example.org/?api_key=x" },
    });
    expect(brought.servers).toEqual({ web: { type: "http", url: "https://mcp.example.org/a" } });
    expect(brought.stays).toHaveLength(3);
  });

  test.each([
    ["an argument", { a: { command: "node", args: [token] } }],
    ["a variable", { a: { command: "node", env: { LEVEL: token } } }],
    ["an address", { a: { type: "http", url: `https://x.example.org/${token}` } }],
  ])("with what looks like a token in %s stop it", (_, found) => {
    expect(() => servers(found)).toThrow(/mcpServers\.a.*looks like an Anthropic key/);
  });
});
