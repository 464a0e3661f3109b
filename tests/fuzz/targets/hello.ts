/** Greetings of TLS: read the same however they are cut, or refused, and no name is longer than what came. */
import { HelloError, createHelloReader } from "../../../src/gateway/tls/client-hello.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

function read(input: Buffer, step: number): string {
  const reader = createHelloReader();
  try {
    for (let at = 0; at < input.length; at += step) {
      const name = reader.push(input.subarray(at, at + step));
      if (name !== undefined) return `name ${name}`;
    }
  } catch (error) {
    hold(error instanceof HelloError, `threw ${String(error)}`);
    return "refused";
  }
  return "more";
}

export const helloTarget: FuzzTarget = {
  name: "hello",
  words: [
    "\x16\x03\x01",
    "\x16\x03\x03\x00\x01",
    "\x01\x00\x00",
    "\x03\x03",
    "\x00\x00\x00\x0e\x00\x0c\x00\x00\x09localhost",
    "\xfe\x0d\x00\x00",
    "\x3a\x3a\x00\x00",
    "\x00\x02\x13\x01",
  ],
  run(input) {
    const whole = read(input, Math.max(1, input.length));
    hold(
      whole.length <= input.length + "name ".length || whole === "refused" || whole === "more",
      "a name out of nothing",
    );
    for (const step of [1, 5]) {
      const cut = read(input, step);
      // What follows a whole greeting may or may not have come with it.
      const same = cut === whole || (cut.startsWith("name ") && whole === "refused");
      hold(same, `cut by ${step} it is ${cut} and not ${whole}`);
    }
  },
};
