/** The manifest's format as data (DESIGN section 7): keys, types, defaults and docs; checks and JSON Schema derive from it. */
import { list, mapOf, unique } from "./check/collection.ts";
import { object } from "./check/object.ts";
import type { Fields } from "./check/object.ts";
import { choice, exactly, text } from "./check/scalar.ts";
import type { JsonSchema, Type } from "./check/type.ts";
import { nameFormat } from "./formats/name.ts";
import { promptFormat } from "./formats/prompt.ts";
import { skillFormat } from "./formats/skill.ts";
import type { AgentSpec, BottleSpec, BringName } from "./manifest.ts";
import { bottle, env } from "./schema-bottle.ts";

const bringNames: readonly BringName[] = ["memory", "settings", "commands", "agents", "mcp"];

type WrittenAgent = Omit<AgentSpec, "name" | "project">;

const agent: Type<WrittenAgent> = object<WrittenAgent>("an agent", {
  bottle: { type: text(nameFormat), doc: "Name one of the bottles above.", required: true },
  provider: {
    type: choice(["claude", "codex", "gemini", "shell"]),
    doc: "Which program runs.",
    fallback: "claude",
  },
  prompt: { type: text(promptFormat), doc: "What the agent is asked to do." },
  env: { type: env, doc: "More variables, over those of the bottle.", fallback: [], written: {} },
  skills: {
    type: unique(list(text(skillFormat)), (name) => name),
    doc: "Your skills that it gets, by their folders below ~/.claude/skills.",
    fallback: [],
  },
  bring: {
    type: unique(list(choice(bringNames)), (name) => name),
    doc: "Parts of your Claude Code set-up that are copied into the bottle.",
    fallback: [],
  },
});

export interface ManifestBody {
  readonly version: 1;
  readonly bottles: readonly BottleSpec[];
  readonly agents: readonly AgentSpec[];
}

const fields: Fields<ManifestBody> = {
  version: { type: exactly(1), doc: "Write version: 1.", required: true },
  bottles: {
    type: mapOf(nameFormat, bottle, (name, body) => ({ name, ...body })),
    doc: "Isolated environments by name.",
    required: true,
  },
  agents: {
    type: mapOf(nameFormat, agent, (name, body) => ({ name, ...body })),
    doc: "Agents by name; each runs in a bottle.",
    fallback: [],
    written: {},
  },
};

/** The whole file. */
export const manifestType: Type<ManifestBody> = object<ManifestBody>("the manifest", fields);

/** A project's file: its agents may run in bottles that are the owner's. */
export const projectType: Type<ManifestBody> = object<ManifestBody>("the manifest", {
  ...fields,
  bottles: { type: fields.bottles.type, doc: fields.bottles.doc, fallback: [] },
});

/** The format as JSON Schema, for editors. */
export function manifestJsonSchema(): JsonSchema & { readonly $schema: string } {
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...manifestType.json };
}
