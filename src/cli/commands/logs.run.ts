/** What `bottle logs` does: the transcript through the terminal filter, at once or at its own pace. */
import { setTimeout as sleep } from "node:timers/promises";
import { findBottle } from "../../compose/bottles.ts";
import { lives } from "../../compose/living.ts";
import { hostPaths } from "../../compose/paths.ts";
import { transcriptEvents } from "../../record/transcript-lines.ts";
import type { TranscriptEvent } from "../../record/transcript-lines.ts";
import { createTerminalFilter } from "../../terminal/filter.ts";
import { answer } from "../answer.ts";
import { resetTerminal } from "../attach.ts";
import type { CliContext } from "../context.ts";
import { drained } from "../drained.ts";
import { exitCodes } from "../exit-codes.ts";
import type { LogsFlags } from "./logs.ts";

/** Milliseconds between two looks at a bottle that lives. */
const pace = 200;
/** Milliseconds; a longer pause is cut to this in a replay. */
const longestPause = 2_000;

export async function logs(this: CliContext, flags: LogsFlags, id: string): Promise<void> {
  await answer(this, "text", async () => {
    const { stateHome } = hostPaths(this);
    await findBottle(this, id);
    const agent = { steered: false };
    const print = printer(this, agent);
    let from = 0;
    for (;;) {
      const living = flags.follow && lives(await findBottle(this, id));
      const onRead = (next: number): void => void (from = next);
      const events = transcriptEvents({ stateHome, id, from, onRead, live: living });
      let before: number | undefined;
      for await (const event of events) {
        // Its reader has seen enough.
        if (!this.process.stdout.writable) return exitCodes.ok;
        if (flags.replay && event.kind !== "torn") {
          const pause = ((event.at - (before ?? event.at)) * 1000) / flags.speed;
          await sleep(Math.min(Math.max(pause, 0), longestPause));
          before = event.at;
        }
        await print(event);
      }
      if (!living) break;
      await sleep(pace);
    }
    // What the agent set on its terminal is not to stay on this one.
    if (agent.steered && this.process.stdout.isTTY) this.process.stdout.write(resetTerminal);
    return exitCodes.ok;
  });
}

/** Output to stdout, errors to stderr, what the record has to say of itself to stderr as well. */
function printer(
  context: CliContext,
  agent: { steered: boolean },
): (event: TranscriptEvent) => Promise<void> {
  const { stdout, stderr } = context.process;
  const filters = { stdout: createTerminalFilter(), stderr: createTerminalFilter() };
  return async (event) => {
    if (event.kind === "torn")
      stderr.write(`bottle: line ${event.line} of the transcript is torn\n`);
    else if (event.kind === "marker") stderr.write(`bottle: ${JSON.stringify(event.text)}\n`);
    else if (event.kind !== "resize") {
      const stream = event.kind === "stdout" ? stdout : stderr;
      // It was filtered when it was written; whoever changed the file since is filtered now.
      const text = filters[event.kind].push(Buffer.from(event.text, "utf8"));
      // ESC, and the other of the two controls that leave a terminal as it was not (SO).
      agent.steered ||= text.includes(0x1b) || text.includes(0x0e);
      if (!stream.write(text)) await drained(stream);
    }
  };
}
