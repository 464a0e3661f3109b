import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readScanAnswer } from "./scan-answer.ts";

const asked = { kind: "dlp", request: "7" };
const yes = { status: "completed", decision: "allow", kind: "dlp", request_id: "7" };
const read = (answer: unknown, status = 200): unknown =>
  readScanAnswer(status, JSON.stringify(answer), asked).verdict;

describe("an answer of the scan API", () => {
  test("is a yes where it is exactly one", () => {
    expect(read(yes)).toBe("allow");
    expect(read({ ...yes, findings: [], duration_ms: 3, engine_version: "2" })).toBe("allow");
  });

  test("is a no with the names of what it found, and none of its words", () => {
    const findings = [
      { scanner: "dlp", rule_id: "DLP-GitHub\u001b[31m", severity: "high", message: "ghp_secret" },
      "odd",
      { severity: 3 },
      { rule_id: "not told" },
    ];
    expect(
      readScanAnswer(200, JSON.stringify({ ...yes, decision: "deny", findings }), asked),
    ).toEqual({
      verdict: "deny",
      finding: "DLP-GitHub?[31m (high), something, unnamed (unnamed)",
    });
    expect(read({ ...yes, decision: "deny" })).toBe("deny");
  });

  test.each([
    ["another status", yes, 201],
    ["a decision that is not known", { ...yes, decision: "warn" }, 200],
    ["a decision in other letters", { ...yes, decision: "Allow" }, 200],
    ["no decision", { ...yes, decision: undefined }, 200],
    ["an error", { ...yes, status: "error" }, 200],
    ["a yes with an error", { ...yes, errors: [] }, 200],
    ["a yes with a finding", { ...yes, findings: [{}] }, 200],
    ["findings that are no list", { ...yes, findings: {} }, 200],
    ["another kind", { ...yes, kind: "url" }, 200],
    ["another question", { ...yes, request_id: "8" }, 200],
    ["no question", { ...yes, request_id: undefined }, 200],
    ["a list", [yes], 200],
    ["a word", "allow", 200],
    ["nothing", null, 200],
  ])("with %s is no verdict", (_what, answer, status) => {
    expect(read(answer, status)).toBe("none");
  });

  test("is never a yes unless it says so in its place, whatever else stands there", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.string(),
        fc.json(),
        (status, text, json) => {
          for (const body of [text, json])
            expect(readScanAnswer(status, body, asked).verdict).not.toBe("allow");
        },
      ),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(yes)), fc.jsonValue()), (odd) => {
        const changed = Object.entries(odd).some(
          ([name, value]) => value !== (yes as Record<string, unknown>)[name],
        );
        expect(read({ ...yes, ...odd }) === "allow").toBe(!changed);
      }),
    );
  });
});
