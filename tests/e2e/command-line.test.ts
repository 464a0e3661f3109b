import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startScriptedModel } from "../../src/demo/model/server.ts";
import { openScene } from "./support/cli.ts";
import { manifestText, token } from "./support/manifest.ts";

const shell = manifestText({ provider: "shell" });

describe("bottle start", () => {
  it("runs a shell command, keeps stdout clean, and ends with the command's exit code", async () => {
    await using scene = await openScene(shell);
    await writeFile(join(scene.workspace, "here.txt"), "from the workspace\n");
    const prompt = "cat here.txt; echo problem >&2; exit 7";
    const result = await scene.start(["--headless", "--yes", "--prompt", prompt]);
    expect(result).toMatchObject({ code: 7, stdout: "from the workspace\n" });
    expect(result.stderr).toContain("problem\n");
  });

  it("passes large output through whole and in order", async () => {
    await using scene = await openScene(shell);
    const prompt = "seq 1 200000";
    const result = await scene.start(["--headless", "--yes", "--prompt", prompt]);
    const expected = Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join("");
    expect(result.stdout === expected).toBe(true);
  });

  it("gives arguments after -- to the agent untouched", async () => {
    await using scene = await openScene(shell);
    const args = ["--headless", "--yes", "--", "printf", "%s|", "a b", "--yes", "$HOME"];
    expect(await scene.start(args)).toMatchObject({ code: 0, stdout: "a b|--yes|$HOME|" });
  });

  it("ends with 128 and the signal's number when a signal ends the agent", async () => {
    await using scene = await openScene(shell);
    const prompt = "kill -KILL $$";
    expect((await scene.start(["--headless", "--yes", "--prompt", prompt])).code).toBe(137);
  });

  it("prints the plan and ends with 3 where nobody can answer; nothing is started", async () => {
    await using scene = await openScene(shell);
    const result = await scene.start(["--headless", "--prompt", "touch ran"]);
    expect(result.code).toBe(3);
    expect(result.stdout).toContain("namespace");
    await expect(scene.record("plan.json")).rejects.toThrow();
  });

  it("prints the plan as JSON with --dry-run, reads no secret and leaves nothing behind", async () => {
    const url = "https://api.anthropic.com";
    await using scene = await openScene(manifestText({ url }));
    const args = ["--headless", "--prompt", "x", "--dry-run", "--format", "json"];
    const result = await scene.start(args);
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ agent: { name: "e2e" } });
    await expect(scene.record("plan.json")).rejects.toThrow();
  });

  it.each([
    ["an unknown flag", ["start", "--nonsense"]],
    ["an unknown command", ["nonsense"]],
    ["a word too many", ["demo", "nonsense"]],
    ["nothing to measure", ["bench"]],
  ])("ends with 2 on a wrong command line: %s", async (_name, args) => {
    await using scene = await openScene(shell);
    const result = await scene.run(args);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toMatch(/^error E_USAGE: .*[.?]\n {2}next: See `bottle --help`/);
  });

  it.each([
    ["E_PLAN_AGENT", ["nobody", "--yes"]],
    ["E_PLAN_PROMPT", ["--headless", "--yes"]],
  ])("ends with 2 where another command line would do: %s", async (code, args) => {
    await using scene = await openScene(shell);
    const result = await scene.start(args);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain(code);
  });

  it.each([
    ["a manifest that is not there", "missing.yaml", "E_MANIFEST_MISSING"],
    ["a manifest with an unknown key", "bad.yaml", "E_MANIFEST_UNKNOWN_KEY"],
  ])("ends with 125 and an error code on %s, without a stack trace", async (_n, file, code) => {
    await using scene = await openScene(shell);
    await writeFile(join(scene.folder, "bad.yaml"), "version: 1\nbotles: {}\n");
    const args = ["start", "--yes", "--headless", "--manifest", join(scene.folder, file)];
    const result = await scene.run(args);
    expect(result.code).toBe(125);
    expect(result.stderr).toContain(code);
    expect(result.stderr).not.toMatch(/^\s+at /m);
    expect(result.stdout).toBe("");
  });

  it("ends with 125 and starts no agent when a boundary is open", async () => {
    await using scene = await openScene(shell);
    const args = ["--headless", "--yes", "--prompt", "echo the-agent-ran"];
    const result = await scene.start(args, { BOTTLE_TEST_BREAK: "network" });
    expect(result.code).toBe(125);
    expect(result.stderr).toContain("E_PROOF_FAILED");
    expect(result.stdout).not.toContain("the-agent-ran");
  });
});

describe("an upstream's error answer", () => {
  it("reaches the agent byte for byte, with the headers that steer retries", async () => {
    const fault = {
      kind: "status",
      status: 429,
      message: "Slow down.",
      headers: { "retry-after": "17", "anthropic-ratelimit-unified-status": "rejected" },
    } as const;
    await using model = await startScriptedModel({ turns: [], token, faults: [fault] });
    const manifest = manifestText({ url: model.url, provider: "shell" });
    await using scene = await openScene(manifest, { E2E_TOKEN: token });
    const ask = `
      fetch(process.env.ANTHROPIC_BASE_URL + "/v1/messages", {
        method: "POST",
        headers: {
          authorization: "Bearer " + process.env.CLAUDE_CODE_OAUTH_TOKEN,
          "anthropic-version": "2023-06-01",
          "anthropic-beta": "oauth-2025-04-20",
          "content-type": "application/json",
        },
        body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "x" }] }),
      }).then(async (answer) => {
        const headers = ["retry-after", "anthropic-ratelimit-unified-status", "x-claude-bottle"];
        const shown = headers.map((name) => answer.headers.get(name));
        console.log(JSON.stringify([answer.status, ...shown, await answer.text()]));
      });`;
    const node = "/opt/claude-bottle/node";
    const result = await scene.start(["--headless", "--yes", "--", node, "-e", ask]);
    const error = { type: "rate_limit_error", message: "Slow down." };
    const body = JSON.stringify({ type: "error", error, request_id: "req_scripted" });
    expect(JSON.parse(result.stdout)).toEqual([429, "17", "rejected", null, body]);
  });
});
