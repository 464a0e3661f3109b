/** Starts a supervisor process: early, before it is known what to launch, so that its start costs no waiting. */
import type { ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";

export interface SpawnedSupervisor {
  readonly process: ChildProcess;
  /** The socket pair to it; frames (frames.ts). */
  readonly stream: Duplex;
  /** For an order that is never given. */
  abandon(): void;
}

export interface SupervisorProgram {
  /** Absolute path of the Node that runs it. */
  readonly node: string;
  readonly script: string;
}

/**
 * The supervisor gets a clean environment (the user's may hold tokens), no core dumps, and a session of its own,
 * so that neither a closed terminal nor Ctrl-C reaches it.
 */
export function spawnSupervisor(
  program: SupervisorProgram,
  env: NodeJS.ProcessEnv,
): SpawnedSupervisor {
  const debug = env["CLAUDE_BOTTLE_DEBUG"] !== undefined;
  // Loaded here and not with this file, which every command loads: it is a tenth of the start of `bottle --help`.
  const { spawn } = process.getBuiltinModule("node:child_process");
  // A limit of 1 byte, not 0: with 0 the kernel still pipes a core to a program named in core_pattern (core(5)).
  const child = spawn("/usr/bin/prlimit", ["--core=1:1", "--", program.node, program.script], {
    detached: true,
    env: {
      PATH: env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
      HOME: env["HOME"] ?? "/",
      LANG: "C.UTF-8",
    },
    cwd: "/",
    stdio: ["ignore", "ignore", debug ? "inherit" : "ignore", "pipe"],
  });
  const stream = child.stdio[3];
  if (stream === null || stream === undefined || !("write" in stream) || !("read" in stream))
    throw new TypeError("no socket pair to the supervisor");
  // A supervisor that dies before it is ordered anything is found out by whoever orders (frames.ts).
  (stream as Duplex).on("error", () => undefined);
  return {
    process: child,
    stream: stream as Duplex,
    abandon: () => {
      (stream as Duplex).destroy();
    },
  };
}
