/** The positional argument that names a bottle, the same for every command. */
import type { CliContext } from "../context.ts";

interface IdParameter {
  readonly brief: string;
  readonly parse: (this: CliContext, input: string) => string;
  readonly placeholder: string;
}

export const idParameter: IdParameter = {
  brief: "Bottle, such as claude-x7k2p",
  parse: (input) => input,
  placeholder: "id",
};
