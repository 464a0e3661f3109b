/** The contract of an agent provider: what is installed, and with which command, environment and files it runs inside. */
import type { Mount } from "./backend.ts";

/** What a provider is told about the bottle it will run in. All paths are inside the bottle. */
export interface AgentContext {
  /** `/home/agent`. */
  readonly home: string;
  /** The workspace inside the bottle; also the working directory. */
  readonly workspace: string;
  /** `http://127.0.0.1:4180`, without trailing slash. */
  readonly door: string;
  /** CA bundle inside: system roots plus the bottle's own. */
  readonly caFile: string;
  /** The bottle's own CA alone, for programs that bring their roots (Node loads a bundle of 140 roots in 38 ms, one in 1). */
  readonly ownCaFile: string;
  /** Placeholders by credential name; `kind` says how the agent presents it (found from the real secret's prefix). */
  readonly credentials: readonly {
    readonly name: string;
    readonly kind: "oauth" | "api-key" | "header";
    readonly placeholder: string;
    /** Route door prefix, e.g. `/anthropic`, if the credential has one. */
    readonly routePrefix: string | undefined;
  }[];
  /** Attached to a terminal, or headless. */
  readonly interactive: boolean;
  readonly prompt: string | null;
  /** The home is one in which this agent ran before: it goes on with its conversation, if it had one. */
  readonly resume: boolean;
  /** Arguments after `--`, untouched. */
  readonly args: readonly string[];
}

export interface AgentRecipe {
  readonly argv: readonly string[];
  /** Beside the bottle's common environment (src/agents/environment.ts), which it may override. */
  readonly env: Readonly<Record<string, string>>;
  /** Files written into the agent's home before the start. */
  readonly seeds: readonly {
    readonly path: string;
    readonly content: string;
    readonly mode: number;
  }[];
  readonly mounts: readonly Mount[];
}

export interface AgentProvider {
  readonly name: string;
  /**
   * Makes the agent's files ready under `cacheDir`, once, checking their integrity; later calls only verify.
   * `progress` receives short lines for people.
   */
  install(options: {
    readonly cacheDir: string;
    readonly progress: (line: string) => void;
  }): Promise<InstalledAgent>;
  recipe(installed: InstalledAgent, context: AgentContext): AgentRecipe;
}

export interface InstalledAgent {
  readonly provider: string;
  readonly version: string;
  /** Absolute host path of the program, or undefined where the bottle's own system has it. */
  readonly program: string | undefined;
}
