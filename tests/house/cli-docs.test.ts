/** docs/cli.md is what `--help` says, and what `--help` shows as an example is a command line that there is. */
import { buildApplication, buildRouteMap, run } from "@stricli/core";
import type { Command } from "@stricli/core";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { app } from "../../src/cli/app.ts";
import type { CliContext } from "../../src/cli/context.ts";
import { cliPage, commandsOf } from "./cli-page.ts";
import { root } from "./scratch.ts";

const commands = commandsOf(app);

/** Words of a line as a shell makes them, up to what is the shell's own; enough for our examples. */
function wordsOf(line: string): readonly string[] {
  const [own = ""] = line.split(/ [|>] /);
  return [...own.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

/** Parses without running: every command does nothing. */
async function parse(words: readonly string[]): Promise<{ ran: string[]; said: string }> {
  const ran: string[] = [];
  let said = "";
  const routes: Record<string, Command<CliContext>> = {};
  for (const { name, command } of commands)
    routes[name] = { ...command, loader: () => Promise.resolve(() => void ran.push(name)) };
  const stub = buildApplication(
    buildRouteMap<string, CliContext>({ routes, docs: { brief: "" } }),
    app.config,
  );
  const stream = { write: (text: string) => void (said += text) };
  const cut = words.indexOf("--");
  const own = cut < 0 ? words : words.slice(0, cut);
  const context = { process: { stdout: stream, stderr: stream } } as unknown as CliContext;
  await run(stub, own, context);
  return { ran, said };
}

describe("the help of a command", () => {
  it("is what docs/cli.md says", async () => {
    await expect(cliPage(app)).toMatchFileSnapshot(join(root, "docs/cli.md"));
  });

  it.each(commands.map(({ name, examples }) => [name, examples] as const))(
    "shows examples that can be typed: %s",
    async (name, examples) => {
      expect(examples.length).toBeGreaterThan(0);
      for (const { line, does } of examples) {
        const [program, ...words] = wordsOf(line);
        expect(program).toBe("bottle");
        expect(await parse(words), line).toEqual({ ran: [name], said: "" });
        expect(does, line).toMatch(/^[a-z].*[^.]$/);
      }
    },
  );
});
