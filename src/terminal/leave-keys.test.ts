import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLeaveKeys } from "./leave-keys.ts";

/** What goes on to the agent, and whether the person left, for input that comes in these pieces. */
function typed(...pieces: readonly string[]): { sent: string; leaves: boolean } {
  const keys = createLeaveKeys();
  let sent = "";
  for (const piece of pieces) {
    const { data, leaves } = keys.push(Buffer.from(piece, "latin1"));
    sent += data.toString("latin1");
    if (leaves) return { sent, leaves };
  }
  return { sent: sent + keys.release().toString("latin1"), leaves: false };
}

describe("Ctrl-P Ctrl-Q", () => {
  it.each([
    ["as control characters", ["\x10\x11"]],
    ["in two pieces", ["\x10", "\x11"]],
    ["as the kitty protocol writes them", ["\x1b[112;5u", "\x1b[113;5u"]],
    ["with the keys' release told in between", ["\x1b[112;5u\x1b[112;5:3u\x1b[113;5:1u"]],
  ])("leaves, %s", (_how, pieces) => {
    expect(typed(...pieces)).toEqual({ sent: "", leaves: true });
  });

  it("sends what was typed before, and nothing of the two keys", () => {
    expect(typed("ab\x10\x11cd")).toEqual({ sent: "ab", leaves: true });
  });

  it("is nothing where another key follows the first", () => {
    expect(typed("\x10", "x\x11")).toEqual({ sent: "\x10x\x11", leaves: false });
    expect(typed("\x10\x10\x11")).toEqual({ sent: "\x10", leaves: true });
  });

  it("loses no byte of anything else", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 8 }), (pieces) => {
        const texts = pieces.map((piece) => Buffer.from(piece).toString("latin1"));
        const { sent, leaves } = typed(...texts);
        if (!leaves) expect(sent).toBe(texts.join(""));
      }),
    );
  });
});
