/** What the scripts of `bottle completion` ask: candidates for the word that is being typed, one a line, or nothing at all. */
import { proposeCompletions } from "@stricli/core";
import type { Application } from "@stricli/core";
import { bottleIds } from "../../compose/bottle-ids.ts";
import { homeOf, manifestPlaces } from "../../compose/paths.ts";
import { rungs } from "../../manifest/rungs.ts";
import type { CliContext } from "../context.ts";
import { withLiveValues } from "./live.ts";
import { flagValue, typedWords } from "./words.ts";

interface Candidate {
  readonly value: string;
  readonly brief: string;
}

/** What needs no quoting in any of the shells; anything else is left out. */
const plain = /^[A-Za-z0-9@%+:,./_=-]{1,200}$/;

const forms: Readonly<Record<string, (candidate: Candidate) => string>> = {
  bash: ({ value }) => value,
  // _describe(zshcompsys) takes the first colon as the end of the value.
  zsh: ({ value, brief }) => `${value.replaceAll(":", "\\:")}:${brief}`,
  fish: ({ value, brief }) => `${value}\t${brief}`,
};

/** `context.rest` are the words after the program's name. Never an error: nobody could read it. */
export async function complete(
  app: Application<CliContext>,
  shell: string | undefined,
  context: CliContext,
): Promise<void> {
  const form = forms[shell ?? ""];
  if (form === undefined) return;
  const candidates = await propose(app, context).catch(() => []);
  context.process.stdout.write(candidates.map((one) => `${form(one)}\n`).join(""));
}

async function propose(
  app: Application<CliContext>,
  context: CliContext,
): Promise<readonly Candidate[]> {
  const typed = typedWords(context.rest);
  if (typed === undefined) return [];
  const before = typed.words.slice(0, -1);
  const partial = typed.words.at(-1) ?? "";
  // A flag is no name: then nothing needs to be read. What cannot be read takes no other candidate away.
  const named = async (read: () => Promise<readonly string[]>): Promise<readonly string[]> =>
    partial.startsWith("-") ? [] : read().catch(() => []);
  const live = withLiveValues(app, {
    rungs: [...rungs, "auto"],
    agents: () => named(() => agents(context, flagValue(before, "--manifest"))),
    bottles: (kind) =>
      named(async () => (await bottleIds(context, kind)).filter((id) => !before.includes(id))),
  });
  const proposed = await proposeCompletions(live, typed.words, context);
  const values = proposed.filter(({ kind }) => kind !== "argument:flag");
  // Flags are shown to whoever begins one, or where nothing else can stand.
  const found = partial === "" && values.length > 0 ? values : proposed;
  return found
    .map(({ completion, brief }) => ({ value: typed.prefix + completion, brief: oneLine(brief) }))
    .filter(({ value }) => plain.test(value));
}

/** Of the manifest that the command line names; a shell has not expanded its tilde yet. */
async function agents(context: CliContext, named: string | undefined): Promise<readonly string[]> {
  const file = named?.replace(/^~(?=\/)/, homeOf(context));
  // Half of the time that all this takes, and most lines name no agent.
  const { loadManifest } = await import("../../manifest/load.ts");
  const manifest = await loadManifest(manifestPlaces(context, file, context.cwd));
  return [...manifest.agents.keys()];
}

function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}
