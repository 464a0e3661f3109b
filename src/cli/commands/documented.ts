/** What `--help` says of a command. docs/cli.md is made of the same words, and a test parses every example. */

export interface Example {
  /** A whole command line; what stands after ` | ` or ` > ` is the shell's. */
  readonly line: string;
  /** What it does, in a few words. */
  readonly does: string;
}

export interface DocumentedCommand {
  readonly brief: string;
  readonly fullDescription: string;
}

/** `text` stands above the examples; without it the brief does. */
export function documented(docs: {
  readonly brief: string;
  readonly text?: string;
  readonly examples: readonly [Example, ...Example[]];
}): DocumentedCommand {
  const { brief, text = `${brief}.`, examples } = docs;
  const lines = examples.map(({ line, does }) => `  ${line}\n      ${does}`);
  return { brief, fullDescription: `${text}\n\nEXAMPLES\n${lines.join("\n")}` };
}
