/** `bottle completion`: flags only; the work is in completion.run.ts. */
import { buildCommand } from "@stricli/core";
import type { Command } from "@stricli/core";
import type { Shell } from "../completion/scripts.ts";
import type { CliContext } from "../context.ts";
import { choice } from "./choice.ts";
import { documented } from "./documented.ts";

const shells: readonly Shell[] = ["bash", "zsh", "fish"];

export const completionCommand: Command<CliContext> = buildCommand<
  object,
  [shell: Shell],
  CliContext
>({
  loader: async () => (await import("./completion.run.ts")).completion,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        {
          brief: `Shell: ${shells.join(", ")}`,
          ...choice(shells),
          placeholder: "shell",
        },
      ],
    },
  },
  docs: documented({
    brief: "Print the script with which a shell completes commands, flags, agents and bottles",
    text:
      "bash: add `source <(bottle completion bash)` to ~/.bashrc.\n" +
      "zsh: add `source <(bottle completion zsh)` to ~/.zshrc, below compinit.\n" +
      "fish: save the script as ~/.config/fish/completions/bottle.fish.\n" +
      "The script calls the bottle that printed it. Nothing is sent, and an error prints nothing.",
    examples: [
      {
        line: "bottle completion bash > ~/.local/share/bash-completion/completions/bottle",
        does: "for bash, loaded when it is first needed",
      },
      {
        line: "bottle completion fish > ~/.config/fish/completions/bottle.fish",
        does: "for fish, from the next shell on",
      },
    ],
  }),
});
