/** `bottle vm`: flags only; the work is in vm.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { Provider } from "../../places/vm/provider.ts";
import type { CliContext } from "../context.ts";
import { choice } from "./choice.ts";
import { documented } from "./documented.ts";
import { timeToLiveOf } from "./time-to-live.ts";

export interface VmFlags {
  readonly ttl: number;
  readonly gvisor: boolean;
  readonly for: Provider;
  readonly key?: string;
  readonly name: string;
  readonly out?: string;
  readonly knownHosts?: string;
}

const verbs = ["cloud-init"] as const;
export type VmVerb = (typeof verbs)[number];

/** As in places/vm/provider.ts, which is loaded with the work. */
const providers: readonly Provider[] = ["ec2", "gce", "hetzner", "plain"];

const text = (input: string): string => input;

export const vmCommand: Command<CliContext> = buildCommand<VmFlags, [verb: VmVerb], CliContext>({
  loader: async () => (await import("./vm.run.ts")).vm,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ brief: "What to do: cloud-init", ...choice(verbs), placeholder: "verb" }],
    },
    flags: {
      ttl: {
        kind: "parsed",
        parse: timeToLiveOf,
        brief: "Time after which the machine powers itself off",
        default: "8h",
        placeholder: "TIME",
      },
      gvisor: {
        kind: "boolean",
        brief: "Install gVisor as well, for the rung of that name",
        default: false,
      },
      for: { kind: "enum", values: providers, brief: "Whose machine it will be", default: "plain" },
      key: {
        kind: "parsed",
        parse: text,
        brief: "Your public key (default: those of your ssh agent)",
        optional: true,
        placeholder: "FILE",
      },
      name: {
        kind: "parsed",
        parse: text,
        brief: "What the machine shall be called in your ssh configuration",
        default: "bottle-vm",
        placeholder: "NAME",
      },
      out: {
        kind: "parsed",
        parse: text,
        brief: "Write the user data into this new file, for you alone",
        optional: true,
        placeholder: "FILE",
      },
      knownHosts: {
        kind: "parsed",
        parse: text,
        brief: "Add the machine's host key to this file, for you alone",
        optional: true,
        placeholder: "FILE",
      },
    },
  },
  docs: documented({
    brief: "Write the user data of a disposable machine that bottles can run on",
    text:
      "cloud-init is what such machines are made with: the text goes to the provider as it is. It brings Docker, lets in nobody but you, " +
      "has its host key already, keeps containers from the provider's metadata, and powers itself off in time. It asks no network, and makes no machine.",
    examples: [
      {
        line: "bottle vm cloud-init --for ec2 --out vm.yaml --known-hosts vm.known",
        does: "writes both files, and says what else EC2 must be told",
      },
      {
        line: "bottle vm cloud-init --ttl 2h --gvisor --key ~/.ssh/id_ed25519.pub > vm.yaml",
        does: "the same for any provider, for two hours, with gVisor",
      },
    ],
  }),
});
