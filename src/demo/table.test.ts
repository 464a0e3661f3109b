import { describe, expect, it } from "vitest";
import { plainText } from "./check.ts";
import type { ShownCheck } from "./check.ts";
import { renderTable } from "./table.ts";

const head = { title: "title", lines: ["below"] };
const good: ShownCheck = {
  name: "a",
  part: "agent",
  tried: "say hello",
  ok: true,
  detail: "hello",
};
const bad: ShownCheck = {
  name: "leak",
  part: "attack",
  tried: "send the token ".repeat(8).trim(),
  ok: false,
  detail: "x".repeat(150),
};

describe("the demo's table", () => {
  it("is at most 100 columns wide, however long the texts are", () => {
    for (const unicode of [true, false]) {
      const lines = renderTable(head, [good, bad], { unicode, colour: false }).split("\n");
      for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(100);
      expect(lines.join("").replaceAll(/[^x]/g, "").length).toBeGreaterThanOrEqual(150);
    }
  });

  it("is plain ASCII where the terminal is not UTF-8, and has no escapes without colour", () => {
    const text = renderTable(head, [good, bad], { unicode: false, colour: false });
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(renderTable(head, [good], { unicode: true, colour: true })).toContain("\u001B[32m");
  });

  it("names every check that does not hold in its last line", () => {
    const style = { unicode: true, colour: false };
    expect(renderTable(head, [good, bad], style)).toContain("✗ 1 of 2 checks do not hold:\n  leak");
    expect(renderTable(head, [good], style)).toContain("✓ all 1 checks hold");
  });
});

describe("probes in the table", () => {
  const probe = (name: string, ok: boolean): ShownCheck => ({
    name: `probe:${name}`,
    part: "proof",
    tried: "network",
    ok,
    detail: ok ? "ENETUNREACH" : "connected, expected ENETUNREACH",
  });
  const style = { unicode: true, colour: false };

  it("are one row a boundary when they hold", () => {
    const text = renderTable(head, [probe("a", true), probe("b", true)], style);
    expect(text).toContain("2 probes, as expected");
    expect(text).not.toContain("probe:a");
    expect(text).toContain("all 2 checks hold");
  });

  it("are named one by one when they do not", () => {
    const text = renderTable(head, [probe("a", true), probe("b", false)], style);
    expect(text).toContain("1 of 2 probes failed");
    expect(text).toMatch(/probe:b .*✗ .*connected, expected/);
  });
});

describe("checks that the run did not reach", () => {
  it("are one row together, and still count", () => {
    const missed = { ...bad, detail: "not tried", reached: false } as const;
    const style = { unicode: true, colour: false };
    const text = renderTable(head, [good, missed, { ...missed, name: "other" }], style);
    expect(text).toContain("2 more checks");
    expect(text).toContain("2 of 3 checks do not hold");
    expect(text).not.toContain("send the token");
  });
});

describe("text for the table", () => {
  it("loses controls, escapes and everything beyond ASCII, and is bounded", () => {
    expect(plainText("a\u001B[2Jb\u0007\n\n c\u202E")).toBe("a?[2Jb? c?");
    expect(plainText("y".repeat(500))).toHaveLength(160);
  });
});
