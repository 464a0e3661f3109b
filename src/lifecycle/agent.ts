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
    /** As the manifest calls it, e.g. `anthropic`. */
    readonly preset: string;
    readonly kind: "oauth" | "api-key" | "header";
    readonly placeholder: string;
    /** Route door prefix, e.g. `/anthropic`, if the credential has one. */
    readonly routePrefix: string | undefined;
    /** Variables and files of the home in which programs look for it; files of one path are joined. */
    readonly inside: {
      readonly env: Readonly<Record<string, string>>;
      readonly seeds: readonly {
        readonly path: string;
        readonly head?: string;
        readonly content: string;
      }[];
    };
  }[];
  /** Attached to a terminal, or headless. */
  readonly interactive: boolean;
  readonly prompt: string | null;
  /** The home is one in which this agent ran before: it goes on with its conversation, if it had one. */
  readonly resume: boolean;
  /** Arguments after `--`, untouched. */
  readonly args: readonly string[];
  /** What of the owner's set-up goes into files that the provider itself writes. */
  readonly brought?: Pick<BroughtFiles, "settings" | "servers"> | null;
}

/** The owner's files, as a provider asks for them: read into memory, no link followed, bounded. */
export interface OwnerFiles {
  /** By a path from the folder of the owner's set-up on; undefined where nothing stands. */
  read(path: string): OwnerTree | undefined;
}

export interface OwnerTree {
  /** `path`: from what was asked for on; empty for itself. */
  readonly files: readonly {
    readonly path: string;
    readonly content: Buffer;
    readonly mode: number;
  }[];
  /** What was left out because it is a link, or no file; empty for itself. */
  readonly odd: readonly string[];
}

/** Parts of the owner's set-up on their way into a bottle. JSON-safe: it travels in the order. */
export interface BroughtFiles {
  /** By their path in the agent's home; `content` is base64. */
  readonly files: readonly {
    readonly path: string;
    readonly content: string;
    readonly mode: number;
  }[];
  readonly settings: Readonly<Record<string, unknown>>;
  /** MCP servers by name. */
  readonly servers: Readonly<Record<string, unknown>>;
  /** For people: what comes, and what stays behind and why. */
  readonly comes: readonly string[];
  readonly stays: readonly string[];
}

export interface BringRequest {
  readonly parts: readonly string[];
  readonly skills: readonly string[];
  readonly owner: OwnerFiles;
  /** What a text looks like that is a secret's value; undefined for any other. */
  readonly secretShape: (text: string) => string | undefined;
  /** Whether a program will be there inside. */
  readonly isInside: (program: string) => boolean;
}

export interface AgentRecipe {
  readonly argv: readonly string[];
  /** Beside the bottle's common environment (src/agents/environment.ts), which it may override. */
  readonly env: Readonly<Record<string, string>>;
  /** Files written into the agent's home before the start. */
  readonly seeds: readonly {
    readonly path: string;
    readonly content: string | Buffer;
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
  /** Absent where an agent has no set-up to bring. Throws what must not be brought. */
  bring?(request: BringRequest): BroughtFiles;
}

export interface InstalledAgent {
  readonly provider: string;
  readonly version: string;
  /** Absolute host path of the program, or undefined where the bottle's own system has it. */
  readonly program: string | undefined;
}
