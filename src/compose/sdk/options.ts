/** What a program may say when it starts, joins or resumes a bottle. */
import type { SessionOutput } from "../../lifecycle/session.ts";
import type { Host } from "../paths.ts";

export interface HostOptions {
  /** Environment that the manifest's `env:` sources, `${VAR}` and the folders of records are read from; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface RunOptions extends HostOptions {
  readonly prompt?: string;
  /** Arguments for the agent's own program. */
  readonly args?: readonly string[];
  /** Takes the agent's output; hostile bytes. Default: dropped. */
  readonly output?: Partial<SessionOutput>;
  /** Short lines about long steps, such as the first install of an agent. */
  readonly progress?: (line: string) => void;
}

export interface BottleOptions extends RunOptions {
  /** Manifest file; default: the user's. */
  readonly manifest?: string;
  /** Agent of the manifest; not needed where there is one. */
  readonly agent?: string;
  /** Folder to work on; default: the current one. */
  readonly workspace?: string;
  readonly rung?: string;
  /** Where it runs, instead of the manifest's: `local`, or `ssh://user@host`. */
  readonly place?: string;
  /** How the bottle reaches its gateway, instead of the manifest's. */
  readonly link?: string;
}

/** This process as a host. */
export function thisHost(options: HostOptions): Host {
  return {
    env: options.env ?? process.env,
    cwd: process.cwd(),
    uid: process.getuid?.() ?? -1,
    dist: import.meta.dirname,
    startedAt: performance.timeOrigin + performance.now(),
  };
}

/** Where the output goes that nobody asked for: nowhere. */
export function outputOf({ output }: RunOptions): SessionOutput {
  return { stdout: output?.stdout ?? drop, stderr: output?.stderr ?? drop };
}

function drop(): void {}
