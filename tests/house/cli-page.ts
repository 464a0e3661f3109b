/** docs/cli.md, made from the command table: the same words as `--help`, in Markdown. */
import type { Application, Command } from "@stricli/core";
import type { CliContext } from "../../src/cli/context.ts";

export interface DocumentedEntry {
  readonly name: string;
  readonly command: Command<CliContext>;
  /** What stands above the examples. */
  readonly text: string;
  readonly examples: readonly { readonly line: string; readonly does: string }[];
}

/** Every command that `bottle --help` lists, in its order. */
export function commandsOf(app: Application<CliContext>): readonly DocumentedEntry[] {
  if (!("getAllEntries" in app.root)) throw new Error("the root is no table of commands");
  return app.root
    .getAllEntries()
    .filter(({ hidden }) => !hidden)
    .map(({ name, target }) => {
      if ("getAllEntries" in target) throw new Error(`${name.original} is a table of commands`);
      const [text = "", list] = (target.fullDescription ?? target.brief).split("\n\nEXAMPLES\n");
      const lines = list === undefined ? [] : list.split("\n");
      const examples = lines.flatMap((line, index) =>
        index % 2 === 0 ? [{ line: line.trim(), does: (lines[index + 1] ?? "").trim() }] : [],
      );
      return { name: name["convert-camel-to-kebab"], command: target, text, examples };
    });
}

export function cliPage(app: Application<CliContext>): string {
  const commands = commandsOf(app);
  const list = commands.map(
    ({ name, command }) => `| [\`${name}\`](#bottle-${name}) | ${cell(command.brief)} |`,
  );
  return `${head}\n| command | does |\n|---|---|\n${list.join("\n")}\n\n${commands
    .map((entry) => section(app, entry))
    .join("\n")}`;
}

const head = `# The command line

\`bottle --help\` lists the commands, \`bottle COMMAND --help\` tells of one; this page has the same words, and a test holds them
equal: \`npx vitest run tests/house/cli-docs.test.ts -u\` writes it.

What is for people goes to stdout, progress and errors to stderr; what says \`--format json\` or \`--json\` prints for programs. Exit codes: 0,
the agent's own code, 1 where a check failed, 2 for a wrong command line, 3 where a plan was printed and nobody could be asked, 125 if
claude-bottle itself failed. Colour is for terminals alone, and not with \`NO_COLOR\` or \`TERM=dumb\`.

A mistyped command, flag or value is answered with the nearest that there is. [Completion](#bottle-completion) for bash, zsh and fish
knows the agents of your manifest and the bottles that are there.
`;

function section(app: Application<CliContext>, entry: DocumentedEntry): string {
  const { name, command, text, examples } = entry;
  const { flags = {}, aliases = {}, positional } = command.parameters;
  const config = {
    useAliasInUsageLine: false,
    onlyRequiredInUsageLine: false,
    caseStyle: "convert-camel-to-kebab" as const,
  };
  const usage = command.formatUsageLine({
    prefix: [app.config.name, name],
    config,
    ansiColor: false,
  });
  const parameters =
    positional === undefined
      ? []
      : positional.kind === "array"
        ? [{ ...positional.parameter, many: true }]
        : positional.parameters.map((one) => ({ ...one, many: false }));
  const rows = [
    ...parameters.map(
      ({ placeholder = "value", brief, many }) =>
        `| \`${placeholder}${many ? "…" : ""}\` | ${cell(brief)} |`,
    ),
    ...Object.entries(flags).map(([flag, spec]) => {
      const short = Object.entries(aliases).find(([, long]) => long === flag)?.[0];
      const shown = `--${kebab(flag)}`;
      const value = "placeholder" in spec && spec.placeholder ? ` ${spec.placeholder}` : "";
      const values = spec.kind === "enum" ? ` ${spec.values.join("\\|")}` : "";
      const without = "default" in spec ? (spec.default ?? false) : false;
      const fallback = without === false ? "" : `; ${String(without)} unless told`;
      return `| ${short === undefined ? "" : `\`-${short}\`, `}\`${shown}${value}${values}\` | ${cell(spec.brief)}${fallback} |`;
    }),
  ];
  const table =
    rows.length === 0 ? "" : `\n| argument | meaning |\n|---|---|\n${rows.join("\n")}\n`;
  const shown =
    examples.length === 0
      ? ""
      : `\n<!-- not run: examples of --help; tests/house/cli-docs.test.ts parses each -->\n\`\`\`sh\n${examples
          .map(({ line, does }) => `# ${does}\n${line}`)
          .join("\n")}\n\`\`\`\n`;
  return `## bottle ${name}\n\n${prose(text)}\n\n\`\`\`text\n${usage}\n\`\`\`\n${table}${shown}`;
}

/** Lines of the help are lines of the page. */
function prose(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll("\n", "  \n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
