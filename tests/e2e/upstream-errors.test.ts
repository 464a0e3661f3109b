import { describe, expect, it } from "vitest";
import { endOf, openClaude } from "./support/claude.ts";
import type { SeenRequest } from "../../src/demo/model/request.ts";

const hello = { kind: "text", text: "hello after all" } as const;
/** Claude Code tries ten times for three minutes, unless its settings say otherwise. */
const noRetries = ["--", "--settings", '{"env":{"CLAUDE_CODE_MAX_RETRIES":"0"}}'];

function posts(requests: readonly SeenRequest[]): readonly SeenRequest[] {
  return requests.filter((request) => request.method === "POST");
}

describe("errors of the upstream reach the real Claude Code as they are", () => {
  it.each([
    [401, "OAuth token has expired."],
    [403, "Your organization has disabled this."],
  ])("a %i ends the run with the upstream's own words", async (status, message) => {
    const fault = {
      kind: "status",
      status,
      message,
      headers: { "x-should-retry": "false" },
    } as const;
    await using claude = await openClaude({ turns: [hello], faults: [fault, fault, fault] });
    const result = await claude.ask();
    expect(result.code).toBe(1);
    expect(endOf(result).result).toContain(message);
  });

  it("a 429 with retry-after is not tried again", async () => {
    const fault = {
      kind: "status",
      status: 429,
      message: "Slow down.",
      headers: { "retry-after": "1" },
    } as const;
    await using claude = await openClaude({ turns: [hello], faults: [fault] });
    const result = await claude.ask();
    expect(result.code).toBe(1);
    expect(endOf(result).result).toContain("Slow down.");
    expect(posts(claude.model.requests)).toHaveLength(1);
  });

  it.each([500, 529])("a %i is tried again, and the second answer serves", async (status) => {
    const fault = { kind: "status", status } as const;
    await using claude = await openClaude({ turns: [hello], faults: [fault] });
    expect(endOf(await claude.ask())).toMatchObject({ is_error: false, result: hello.text });
    expect(posts(claude.model.requests).map((request) => request.status)).toEqual([status, 200]);
  });

  it("a stream cut in the middle reaches the agent as a cut, and its fallback without streaming works", async () => {
    const fault = { kind: "cut", afterEvents: 4 } as const;
    await using claude = await openClaude({ turns: [hello], faults: [fault] });
    expect(endOf(await claude.ask())).toMatchObject({ is_error: false, result: hello.text });
    const bodies = posts(claude.model.requests).map(
      (request) => JSON.parse(request.body) as { stream?: boolean },
    );
    expect(bodies.map((body) => body.stream === true)).toEqual([true, false]);
  });

  it("a stream that begins with an error event is passed on, and the agent recovers", async () => {
    const fault = { kind: "error-event" } as const;
    await using claude = await openClaude({ turns: [hello], faults: [fault] });
    expect(endOf(await claude.ask())).toMatchObject({ is_error: false, result: hello.text });
  });

  it("a model that is not there is told to the agent as a failure of the upstream", async () => {
    await using claude = await openClaude({ turns: [hello] });
    await claude.model.close();
    const result = await claude.ask(noRetries);
    expect(result.code).toBe(1);
    expect(endOf(result)).toMatchObject({ is_error: true });
    const audit = await claude.scene.audit();
    expect(audit.map((line) => line.code)).toContain("upstream-unreachable");
  });
});
