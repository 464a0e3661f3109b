/** `bottle gateway`: flags only; the work is in gateway.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { documented } from "./documented.ts";
import { durationOf } from "./duration.ts";
import { manifestFlag } from "./manifest-flag.ts";

export interface GatewayFlags {
  readonly manifest?: string;
  readonly bottle?: string;
  readonly listen: string;
  readonly door?: string;
  readonly public: boolean;
  readonly health?: string;
  readonly state?: string;
  readonly certificates?: string;
  readonly inside?: string;
  readonly audit?: string;
  readonly drain: number;
}

const text = (input: string): string => input;

function textFlag<const B extends string, const P extends string>(brief: B, placeholder: P) {
  return { kind: "parsed", parse: text, brief, optional: true, placeholder } as const;
}

export const gatewayCommand: Command<CliContext> = buildCommand<GatewayFlags, [], CliContext>({
  loader: async () => (await import("./gateway.run.ts")).gateway,
  parameters: {
    flags: {
      manifest: manifestFlag,
      bottle: textFlag("Bottle of the manifest whose hosts and credentials it serves", "NAME"),
      listen: {
        kind: "parsed",
        parse: text,
        brief: "127.0.0.1:PORT, or the path of a unix socket",
        placeholder: "ADDR",
      },
      door: textFlag("What clients call it, if not the address it listens at", "HOST:PORT"),
      public: {
        kind: "boolean",
        brief: "Listen on an address that other machines may reach",
        default: false,
      },
      health: textFlag("Answer GET /healthz there, and nothing else", "ADDR"),
      state: textFlag("Keep authority and placeholders for the next start", "DIR"),
      certificates: textFlag("Write ca.pem and bundle.pem there", "DIR"),
      inside: textFlag("Where the client sees that folder", "DIR"),
      audit: textFlag("Write each event there too, as a line of JSON; - is stdout", "FILE"),
      drain: {
        kind: "parsed",
        parse: durationOf,
        brief: "How long an end waits for requests in flight",
        default: "30s",
        placeholder: "TIME",
      },
    },
  },
  docs: documented({
    brief: "Run the gateway alone, in front of any sandbox",
    text: "Serves one bottle's hosts and credentials to whoever shows the placeholder. The first line on stdout is JSON: where it listens, placeholders, certificates, variables for the client. SIGHUP or a changed manifest reloads it; SIGTERM drains it.",
    examples: [
      {
        line: "bottle gateway --bottle dev --listen 127.0.0.1:4180",
        does: "serves the hosts and credentials of dev to programs of this machine",
      },
      {
        line: "bottle gateway --bottle dev --listen /run/user/1000/dev/gateway.sock --health 127.0.0.1:4181",
        does: "serves a sandbox that has this socket and nothing else",
      },
    ],
  }),
});
