import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentCredential } from "../../tests/support/agent-credential.ts";
import { describe, expect, it } from "vitest";
import type { AgentContext } from "../lifecycle/agent.ts";
import { isReserved } from "../manifest/formats/reserved.ts";
import { claudeRecipe } from "./claude/recipe.ts";
import { codexRecipe } from "./codex/recipe.ts";
import { geminiRecipe } from "./gemini/recipe.ts";
import { commonEnvironment, placeholderVariable } from "./environment.ts";
import { shellProvider } from "./shell.ts";

const installed = { provider: "claude", version: "1", program: "/cache/claude" };
const placeholder = "placeholder-which-is-longer-than-twenty";

function context(change: Partial<AgentContext> = {}): AgentContext {
  return {
    home: "/home/agent",
    workspace: "/work/project",
    door: "http://127.0.0.1:4180",
    caFile: "/run/claude-bottle/ca-bundle.pem",
    ownCaFile: "/run/claude-bottle/ca.pem",
    credentials: [agentCredential({ placeholder, routePrefix: "/anthropic" })],
    interactive: false,
    prompt: null,
    resume: false,
    args: [],
    ...change,
  };
}

function shell(change: Partial<AgentContext>): readonly string[] {
  return shellProvider.recipe(
    { provider: "shell", version: "system", program: undefined },
    context(change),
  ).argv;
}

describe("the recipe of Claude Code", () => {
  it("reaches the model through the route door, with the placeholder in the variable of the credential's kind", () => {
    const { env } = claudeRecipe(installed, context());
    expect(env).toMatchObject({
      ANTHROPIC_BASE_URL: "http://127.0.0.1:4180/anthropic",
      CLAUDE_CODE_OAUTH_TOKEN: placeholder,
    });
    expect(env).not.toHaveProperty("ANTHROPIC_API_KEY");
    const key = claudeRecipe(
      installed,
      context({
        credentials: [agentCredential({ kind: "api-key", placeholder, routePrefix: "/a" })],
      }),
    );
    expect(key.env).toMatchObject({
      ANTHROPIC_BASE_URL: "http://127.0.0.1:4180/a",
      ANTHROPIC_API_KEY: placeholder,
    });
    expect(key.env).not.toHaveProperty("CLAUDE_CODE_OAUTH_TOKEN");
    expect(JSON.parse(String(key.seeds[0]?.content))).toMatchObject({
      customApiKeyResponses: { approved: [placeholder.slice(-20)] },
    });
  });

  it("has no credential where the bottle has none for the model", () => {
    const { env } = claudeRecipe(
      installed,
      context({
        credentials: [
          agentCredential({ name: "api", preset: "header", kind: "header", placeholder }),
        ],
      }),
    );
    expect(JSON.stringify(env)).not.toMatch(/placeholder|BASE_URL|TOKEN|KEY/);
  });

  it("never has the placeholder in its arguments", () => {
    expect(claudeRecipe(installed, context({ prompt: "x" })).argv.join(" ")).not.toContain(
      placeholder,
    );
  });

  it("refuses a prompt that no argument can hold", () => {
    expect(() => claudeRecipe(installed, context({ prompt: "ü".repeat(65_536) }))).toThrow(
      expect.objectContaining({ code: "E_AGENT_PROMPT" }),
    );
    expect(() => claudeRecipe(installed, context({ prompt: "x".repeat(131_071) }))).not.toThrow();
  });
});

describe("the recipes of codex and gemini-cli", () => {
  const agents = [
    {
      name: "codex",
      preset: "openai",
      recipe: codexRecipe,
      program: { provider: "codex", version: "1", program: "/cache/codex/1/bin/codex" },
      key: "OPENAI_API_KEY",
    },
    {
      name: "gemini",
      preset: "gemini",
      recipe: geminiRecipe,
      program: { provider: "gemini", version: "1", program: "/cache/gemini/1/bundle/gemini.js" },
      key: "GEMINI_API_KEY",
    },
  ] as const;

  it.each(agents)("lead $name to the route door with the placeholder", (agent) => {
    const { name, preset, recipe, program, key } = agent;
    const own = {
      name: preset,
      preset,
      kind: "api-key",
      placeholder,
      routePrefix: `/${preset}`,
    } as const;
    const { env, seeds, mounts, argv } = recipe(
      program,
      context({ credentials: [agentCredential(own)], prompt: "-x" }),
    );
    expect(env[key]).toBe(placeholder);
    expect(JSON.stringify([env, seeds])).toContain(`http://127.0.0.1:4180/${preset}`);
    expect(JSON.stringify([argv, seeds])).not.toContain(placeholder);
    expect(mounts).toEqual([
      { source: `/cache/${name}/1`, target: `/opt/claude-bottle/${name}`, mode: "ro" },
    ]);
    // A prompt that begins with a dash is no option.
    expect(argv.join(" ")).toMatch(/ (?:-- |--prompt=)-x$/);
  });

  it.each(agents)("have no other place for $name where the bottle has no credential", (agent) => {
    const { env, seeds } = agent.recipe(agent.program, context({ prompt: "x" }));
    expect(env).not.toHaveProperty(agent.key);
    expect(JSON.stringify([env, seeds])).toContain("http://127.0.0.1:4180/");
  });

  it.each(agents)(
    "go on with $name where there was a conversation, and begin where there was none",
    (agent) => {
      const { argv } = agent.recipe(agent.program, context({ prompt: "x", resume: true }));
      const [shell, , script = ""] = argv;
      expect(shell).toBe("/bin/sh");
      expect(script).toMatch(/resume/);
      const home = mkdtempSync(join(tmpdir(), "recipe-"));
      try {
        // Stands for the program: prints what it is given.
        const fake = join(home, "fake");
        writeFileSync(fake, '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
        const text = script.replaceAll(/\/opt\/claude-bottle\/(?:node|codex\/bin\/codex)/g, fake);
        const env = { HOME: home, PATH: process.env["PATH"] };
        const run = (): string =>
          execFileSync("/bin/sh", ["-c", text, ...argv.slice(3)], { env, encoding: "utf8" });
        expect(run()).not.toContain("resume");
        for (const folder of [".codex/sessions/1", ".gemini/tmp/w/chats"]) {
          mkdirSync(join(home, folder), { recursive: true });
          writeFileSync(join(home, folder, "one.jsonl"), "");
        }
        expect(run()).toMatch(/resume/);
        expect(run()).not.toContain("RESUME");
      } finally {
        rmSync(home, { recursive: true });
      }
    },
  );

  it.each(agents)("refuse a prompt that no argument of $name can hold", (agent) => {
    expect(() => agent.recipe(agent.program, context({ prompt: "x".repeat(131_072) }))).toThrow(
      expect.objectContaining({ code: "E_AGENT_PROMPT" }),
    );
  });
});

describe("the recipe of a shell", () => {
  it("runs its prompt as a script with the arguments", () => {
    const [file = "", ...argv] = shell({ prompt: "echo $1-$2", args: ["a b", "c"] });
    expect(execFileSync(file, argv, { encoding: "utf8" })).toBe("a b-c\n");
  });

  it("runs arguments alone as they are", () => {
    expect(shell({ args: ["printf", "%s", "$HOME"] })).toEqual(["printf", "%s", "$HOME"]);
  });

  it("is a shell without either, bash where there is one", () => {
    const [file = "", ...argv] = shell({ interactive: true });
    expect(
      execFileSync(file, argv, { encoding: "utf8", input: "echo ${BASH_VERSION:+bash}\n" }),
    ).toBe("bash\n");
  });
});

describe("the common environment", () => {
  it("sends every client to the door, in both cases of the names, but not what is meant for the door itself", () => {
    const env = commonEnvironment(context(), null);
    for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"])
      expect(env[name]).toBe("http://127.0.0.1:4180");
    for (const name of ["NO_PROXY", "no_proxy"])
      expect(env[name]?.split(",")).toContain("127.0.0.1");
  });

  it("has no variable that a manifest could set otherwise, but those of language and terminal", () => {
    const env = {
      ...commonEnvironment(context(), null),
      ...claudeRecipe(installed, context()).env,
    };
    expect(Object.keys(env).filter((name) => !isReserved(name))).toEqual(["LANG", "TERM"]);
  });

  it("takes the user's terminal type only as a plain name", () => {
    expect(commonEnvironment(context(), { term: "tmux-256color" })["TERM"]).toBe("tmux-256color");
    for (const term of ["../../evil", "", "a b", "x\n", "/etc", "é"])
      expect(commonEnvironment(context(), { term })["TERM"]).toBe("xterm-256color");
    expect(commonEnvironment(context(), null)["TERM"]).toBe("dumb");
  });

  it("names the placeholder of a header credential after it", () => {
    const env = commonEnvironment(
      context({
        credentials: [
          agentCredential({
            name: "api.example.com",
            preset: "header",
            kind: "header",
            placeholder,
          }),
        ],
      }),
      null,
    );
    expect(env[placeholderVariable("api.example.com")]).toBe(placeholder);
    expect(placeholderVariable("api.example.com")).toBe(
      "CLAUDE_BOTTLE_PLACEHOLDER_API_EXAMPLE_COM",
    );
  });

  it("gives Node and Deno the bottle's own certificate alone, and everybody else the whole bundle", () => {
    const env = commonEnvironment(context(), null);
    expect(
      Object.entries(env)
        .filter(([, value]) => value.endsWith("/ca.pem"))
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(["DENO_CERT", "NODE_EXTRA_CA_CERTS"]);
    expect(env["SSL_CERT_FILE"]).toBe("/run/claude-bottle/ca-bundle.pem");
  });
});
