/**
 * Tests only (BOTTLE_TEST_PAUSE): a supervisor that waits at one step of its bottle's life, so that a fault can be made just
 * there. The order comes from the environment of the command that starts the bottle; nothing inside one can give it.
 */
import { access, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { LaunchOrder } from "../control.ts";

/** Milliseconds between two looks, and looks after which it goes on by itself. */
const pace = 10;
const looks = 12_000;

/** Waits if this is the step: writes the marker, which says who waits, and goes on when it is gone. */
export async function pauseAt({ pause }: Pick<LaunchOrder, "pause">, step: string): Promise<void> {
  if (pause?.step !== step) return;
  await writeFile(pause.marker, String(process.pid), { flag: "wx", mode: 0o600 });
  for (let left = looks; left > 0 && (await isThere(pause.marker)); left -= 1) await sleep(pace);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
