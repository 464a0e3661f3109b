import { describe, expect, it } from "vitest";
import { toolResults } from "../../src/demo/model/request.ts";
import { endOf, openClaude, streamLines } from "./support/claude.ts";
import { apiKey, token } from "./support/manifest.ts";

const hello = { kind: "text", text: "hello from the script" } as const;

describe("the real Claude Code in a bottle", () => {
  it("says hello through the route door; the model sees the real token and the agent never does", async () => {
    await using claude = await openClaude({ turns: [hello] });
    const result = await claude.ask();
    expect(endOf(result)).toMatchObject({ is_error: false, result: hello.text });
    expect(result.code).toBe(0);
    const [asked] = claude.model.requests.filter((request) => request.method === "POST");
    expect(asked?.target).toBe("/v1/messages?beta=true");
    expect(asked?.headers.authorization).toBe(`Bearer ${token}`);
    expect(asked?.headers["x-api-key"]).toBeUndefined();
    expect(asked?.headers["anthropic-beta"]).toContain("oauth-2025-04-20");
    expect(result.stdout + result.stderr).not.toContain(token);
  });

  it("passes stream-json through and writes nothing else to stdout", async () => {
    await using claude = await openClaude({ turns: [hello] });
    const types = streamLines((await claude.ask()).stdout).map((line) => line.type);
    expect(types[0]).toBe("system");
    expect(types).toContain("assistant");
    expect(types.at(-1)).toBe("result");
  });

  it("leaves in the receipt the tokens that the model told of", async () => {
    await using claude = await openClaude({
      turns: [
        { kind: "bash", command: "true" },
        { kind: "text", text: "done" },
      ],
    });
    await claude.ask();
    const answers = claude.model.requests.filter(
      ({ method, target, status }) =>
        method === "POST" && /\/v1\/messages(?:\?|$)/.test(target) && status === 200,
    );
    const input = answers.reduce((sum, { body }) => sum + Math.ceil(body.length / 4), 0);
    const { tokens } = JSON.parse(await claude.scene.record("receipt.json")) as { tokens: object };
    expect(answers.length).toBeGreaterThanOrEqual(2);
    expect(tokens).toEqual({ input, output: 12 * answers.length, cacheRead: 0, cacheWrite: 0 });
  });

  it("runs its Bash tool in the bottle and brings the result back to the model", async () => {
    const command = "hostname; id -u; echo made > made.txt; cat made.txt";
    await using claude = await openClaude({ turns: [{ kind: "bash", command }, hello] });
    const result = await claude.ask();
    expect(endOf(result)).toMatchObject({ is_error: false, num_turns: 2 });
    const last = claude.model.requests.at(-1);
    expect(toolResults(last?.body ?? "")).toEqual(["bottle\n1000\nmade"]);
  });

  it("presents an API key in its own header where the secret is one", async () => {
    await using claude = await openClaude({ turns: [hello], token: apiKey });
    expect((await claude.ask()).code).toBe(0);
    const [asked] = claude.model.requests.filter((request) => request.method === "POST");
    expect(asked?.headers["x-api-key"]).toBe(apiKey);
    expect(asked?.headers.authorization).toBeUndefined();
  });

  it("works under a base URL with a path prefix", async () => {
    await using claude = await openClaude({ turns: [hello], prefix: "/corp/anthropic" });
    expect(endOf(await claude.ask())).toMatchObject({ is_error: false, result: hello.text });
    const targets = claude.model.requests.map((request) => request.target);
    expect(targets).toContain("/corp/anthropic/v1/messages?beta=true");
    for (const target of targets) expect(target).toMatch(/^\/corp\/anthropic\//);
  });

  it("reaches an https upstream through the route door", async () => {
    await using claude = await openClaude({ turns: [hello], https: true });
    expect(endOf(await claude.ask())).toMatchObject({ is_error: false, result: hello.text });
  });

  it("reaches an https upstream through the proxy door, intercepted, with injection", async () => {
    await using claude = await openClaude({ turns: [hello], https: true });
    const env = { ANTHROPIC_BASE_URL: claude.model.url, NO_PROXY: "", no_proxy: "" };
    const result = await claude.ask(["--", "--settings", JSON.stringify({ env })]);
    expect(endOf(result)).toMatchObject({ is_error: false, result: hello.text });
    const [asked] = claude.model.requests.filter((request) => request.method === "POST");
    expect(asked?.headers.authorization).toBe(`Bearer ${token}`);
    const audit = await claude.scene.audit();
    const posts = audit.filter((line) => line.method === "POST");
    expect(posts.map((line) => line.door)).toEqual(posts.map(() => "proxy"));
    expect(posts.length).toBeGreaterThan(0);
  });

  it("streams: the first words arrive while the model still holds back the rest", async () => {
    const released = { second: (): void => undefined };
    const second = new Promise<void>((resolve) => (released.second = resolve));
    // Event 4 is the second half of the text.
    await using claude = await openClaude({
      turns: [{ kind: "text", text: "first-half second-half" }],
      beforeEvent: (index) => (index === 4 ? second : Promise.resolve()),
    });
    const running = claude.scene.spawnStart([
      "--headless",
      "--yes",
      "--prompt",
      "Stream.",
      "--",
      "--include-partial-messages",
    ]);
    await expect.poll(() => running.stdout(), { timeout: 30_000 }).toContain('"text":"first-half');
    expect(running.stdout()).not.toContain("second-half");
    released.second();
    expect(endOf(await running.ended)).toMatchObject({ result: "first-half second-half" });
  });
});
