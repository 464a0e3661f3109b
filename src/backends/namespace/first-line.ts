/** Waits until the helper says its first word, without taking it from whoever reads the channel later. */
import type { ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";

export type FirstWord = "spoke" | "exited" | "silent";

export function firstWord(
  child: ChildProcess,
  control: Duplex,
  timeoutMs: number,
): Promise<FirstWord> {
  return new Promise((resolve) => {
    const done = (word: FirstWord): void => {
      clearTimeout(timer);
      control.off("readable", readable);
      child.off("exit", exited);
      child.off("error", exited);
      resolve(word);
    };
    // `readable` is also emitted at the end of the stream, when nobody spoke.
    const readable = (): void => {
      if (control.readableLength > 0) done("spoke");
    };
    const exited = (): void => done(control.readableLength > 0 ? "spoke" : "exited");
    const timer = setTimeout(() => done("silent"), timeoutMs);
    control.on("readable", readable);
    child.on("exit", exited);
    child.on("error", exited);
  });
}
