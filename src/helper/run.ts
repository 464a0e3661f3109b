/** The agent: one program on the helper's own standard streams, leader of its own session and group. */
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { openCarriedStreams } from "./carried-streams.ts";
import type { Channel } from "./channel.ts";
import type { HelperRequest } from "./protocol.ts";
import { signalGroup, start } from "./start.ts";
import type { Exit } from "./start.ts";

export interface Agent {
  signal(signal: NodeJS.Signals): void;
  /** Where its streams are carried. */
  input(data: string, end: boolean): void;
  taken(bytes: number): void;
  readonly running: boolean;
}

type RunRequest = Extract<HelperRequest, { type: "run" }>;

/** Starts the agent and reports `started` and `exited`; `ended` is called after the report. */
export function runAgent(request: RunRequest, channel: Channel, ended: () => void): Agent {
  let running = true;
  // On a terminal, setsid(1) makes it the controlling one of the agent's new session, so that Ctrl-C and resize reach the agent.
  // One that is our own session's already cannot be taken from it (tty_ioctl(4), TIOCSCTTY): the agent shares it, and our group.
  const argv =
    request.tty && !hasTerminal() ? ["/usr/bin/setsid", "-c", ...request.argv] : request.argv;
  const over = (exit: Exit): void => {
    running = false;
    channel.send({ type: "exited", ...exit });
    ended();
  };
  const streams = request.carried === true ? openCarriedStreams(channel, over) : undefined;
  const stdio = streams === undefined ? "inherit" : "pipe";
  const child = start(
    { argv, env: request.env, cwd: request.cwd },
    { stdio: [stdio, stdio, stdio], detached: !request.tty },
    {
      started: (pid) => void channel.send({ type: "started", pid }),
      refused: (why) => (streams === undefined ? tell(why) : streams.say(why)),
      exit: (exit) => (streams === undefined ? over(exit) : streams.exit(exit)),
    },
  );
  if (child !== undefined) streams?.relay(child);
  return {
    signal: (signal) => {
      if (running) signalGroup(child?.pid, signal);
    },
    input: (data, end) => streams?.input(data, end),
    taken: (bytes) => streams?.taken(bytes),
    get running() {
      return running;
    },
  };
}

/** Whether this process has a controlling terminal: /dev/tty is it (tty(4)), or cannot be opened. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", constants.O_RDWR | constants.O_NOCTTY));
    return true;
  } catch {
    return false;
  }
}

/** For the owner, on the agent's own standard error. */
function tell(why: string): void {
  try {
    writeSync(2, `claude-bottle: ${why}\n`);
  } catch {
    // Nobody reads it.
  }
}
