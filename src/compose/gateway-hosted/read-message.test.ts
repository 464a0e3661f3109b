import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFromProgram } from "./read-message.ts";

describe("a message of a hosted gateway", () => {
  it.each([
    { type: "opened", at: 5 },
    { type: "audit", event: { at: 1, event: "request", door: "route", status: 200, sent: 0 } },
    { type: "audit", event: { at: 1, event: "note", code: "x", reason: "y" } },
    { type: "came", stream: 3 },
    { type: "missed", stream: 3 },
    { type: "not-replaced", why: "w" },
    { type: "closed" },
    { type: "failed", error: { code: "E_GATEWAY_CLOCK", what: "a", why: "b", next: "c" } },
  ])("is read as it is: %j", (message) => {
    expect(readFromProgram(message)).toEqual(message);
  });

  it.each([
    {},
    { type: "opened" },
    { type: "opened", at: "5" },
    { type: "audit" },
    { type: "audit", event: { at: 1, event: "dance" } },
    { type: "audit", event: { at: -1, event: "note" } },
    { type: "came", stream: {} },
  ])("is none: %j", (message) => {
    expect(readFromProgram(message)).toBeUndefined();
  });

  it("has no field that an event has not, and none of another kind", () => {
    const event = { at: 1, event: "note", door: "back", status: "200", reason: 7, other: "x" };
    expect(readFromProgram({ type: "audit", event })).toEqual({
      type: "audit",
      event: { at: 1, event: "note" },
    });
  });

  it("names no error that there is not, and says no more than fits", () => {
    const error = { code: "E_MADE_UP", what: "x".repeat(5000) };
    const read = readFromProgram({ type: "failed", error });
    expect(read).toMatchObject({ error: { code: "E_GATEWAY_HOST", what: "x".repeat(1000) } });
  });

  it("is read or refused, whatever it is", () => {
    const type = fc.constantFrom("audit", "stats", "failed", "opened", "came", "closed", "x");
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        type,
        fc.jsonValue(),
        (more, kind, value) => {
          const message = { ...more, type: kind, event: value, stats: value, error: value };
          const read = readFromProgram(message);
          expect([undefined, kind]).toContain(read?.type);
        },
      ),
      { seed: 20_261_124, numRuns: 500 },
    );
  });
});
