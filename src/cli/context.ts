/** What a command may touch of the process it runs in; tests hand in another one. */
import type { SpawnedSupervisor } from "../lifecycle/spawn.ts";

export interface CliStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export interface CliContext {
  readonly process: CliStreams & { exitCode?: number | string | null };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly uid: number;
  /** What stood after `--`, untouched. */
  readonly rest: readonly string[];
  /** Milliseconds since the epoch at which this process began. */
  readonly startedAt: number;
  /** Absolute path of the bundle's folder. */
  readonly dist: string;
  /** A supervisor's process started before it was known what to launch; holds nothing until it is ordered something. */
  readonly supervisor: SpawnedSupervisor | undefined;
}
