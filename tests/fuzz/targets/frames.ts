/** Frames of a WebSocket: read the same however they are cut, and what is read is written and read again as it was. */
import { FrameError, createFrameReader } from "../../../src/gateway/websocket/frame-reader.ts";
import { writeFrame } from "../../../src/gateway/websocket/frame-writer.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

/** Messages and control frames in their order; an error last. */
function read(input: Buffer, step: number, masked: boolean): string[] {
  const seen: string[] = [];
  let data = "";
  const reader = createFrameReader(masked, {
    onData: (part) => (data += part.toString("latin1")),
    onMessageEnd(code) {
      seen.push(`${code}:${data}`);
      data = "";
    },
    onControl: (code, payload) => seen.push(`${code}:${payload.toString("latin1")}`),
  });
  try {
    for (let at = 0; at < input.length; at += step) reader.push(input.subarray(at, at + step));
  } catch (error) {
    hold(error instanceof FrameError, `threw ${String(error)}`);
    seen.push("refused");
  }
  return seen;
}

export const framesTarget: FuzzTarget = {
  name: "frames",
  words: [
    "\x81\x05hello",
    "\x81\x85\x00\x00\x00\x00hello",
    "\x01\x02ab",
    "\x80\x01c",
    "\x89\x00",
    "\x88\x02\x03\xe8",
    "\x82\x7e\x00\x80",
    "\x82\x7f\x00\x00\x00\x00",
    "\xc1",
  ],
  run(input) {
    for (const masked of [true, false]) {
      const whole = read(input, Math.max(1, input.length), masked);
      for (const step of [1, 3]) {
        const cut = read(input, step, masked);
        hold(
          cut.join("|") === whole.join("|"),
          `cut by ${step} it is ${cut.join("|")} and not ${whole.join("|")}`,
        );
      }
      const good = whole.filter((one) => one !== "refused");
      const again = good.map((one) => {
        const colon = one.indexOf(":");
        return writeFrame(
          Number(one.slice(0, colon)),
          true,
          Buffer.from(one.slice(colon + 1), "latin1"),
          masked,
        );
      });
      const second = read(Buffer.concat(again), 1 << 20, masked);
      hold(second.join("|") === good.join("|"), "what is written is not what was read");
    }
  },
};
