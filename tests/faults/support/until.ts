/** Waiting for what will come true; the bound is generous, for it is no measurement. */
import { setTimeout as sleep } from "node:timers/promises";

export async function until(
  what: string,
  holds: () => Promise<boolean>,
  seconds = 40,
  pace = 20,
): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    if (await holds()) return;
    await sleep(pace);
  }
  throw new Error(`never came true: ${what}`);
}
