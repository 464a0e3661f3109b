import { describe, expect, it } from "vitest";
import { Ledger } from "./ledger.ts";

function lines(ledger: Ledger): number {
  let count = 0;
  while (ledger.next() !== undefined) count += 1;
  return count;
}

describe("a ledger", () => {
  it("gives each message once to a connection, and all that is kept to the next one", () => {
    const ledger = new Ledger();
    for (let left = 5; left > 0; left -= 1) ledger.put({});
    expect([lines(ledger), lines(ledger)]).toEqual([5, 0]);
    expect(ledger.acknowledged(2)).toBe(true);
    ledger.rewind();
    expect(lines(ledger)).toBe(3);
  });

  it("stays right over thousands of messages that are acknowledged in between", () => {
    const ledger = new Ledger();
    for (let round = 1; round <= 5000; round += 1) {
      ledger.put({ round });
      ledger.put({ round });
      ledger.next();
      ledger.acknowledged(round);
    }
    ledger.rewind();
    expect(ledger.next()).toContain('"n":5001,');
    expect(lines(ledger)).toBe(4999);
    expect(ledger.acknowledged(10_000)).toBe(true);
    expect(ledger.held).toBe(0);
  });

  it("takes no acknowledgement of what was never said", () => {
    const ledger = new Ledger();
    ledger.put({});
    expect(ledger.acknowledged(2)).toBe(false);
  });

  it("tells what is new from what is old and what is missing", () => {
    const ledger = new Ledger();
    expect([1, 1, 2, 4, 3].map((number) => ledger.hear(number))).toEqual([
      ...["new", "old", "new", "gap", "new"],
    ]);
    expect(ledger.seen).toBe(3);
  });
});
