/** The old form's keys, as they were: what is another thing today is in convert.ts. */
import { list, mapOf } from "../check/collection.ts";
import { object } from "../check/object.ts";
import type { Format } from "../check/scalar.ts";
import { choice, flag, good, text } from "../check/scalar.ts";
import type { Type } from "../check/type.ts";
import { nameFormat } from "../formats/name.ts";
import { promptFormat } from "../formats/prompt.ts";
import { skillFormat } from "../formats/skill.ts";
import type { EnvSpec, HostRule } from "../manifest.ts";
import { env } from "../schema-bottle.ts";
import { allowRule } from "../schema-hosts.ts";
import { gone } from "./gone.ts";
import { routes } from "./routes.ts";
import type { Route } from "./routes.ts";

interface OldEgress {
  readonly allowlist: readonly HostRule[];
  readonly dlp_action: "block" | "warn";
}

interface OldProxy {
  readonly routes: readonly Route[];
}

export interface OldBottle {
  readonly name: string;
  readonly env: readonly EnvSpec[];
  readonly egress: OldEgress;
  readonly runtime?: "runc" | "runsc";
  readonly cred_proxy: OldProxy;
  readonly supervise?: boolean;
  readonly ssh: readonly never[];
  readonly git: readonly never[];
  readonly tokens: readonly never[];
}

export interface OldAgent {
  readonly name: string;
  readonly bottle: string;
  readonly skills: readonly string[];
  readonly prompt: string;
}

export interface OldManifest {
  readonly bottles: readonly OldBottle[];
  readonly agents: readonly OldAgent[];
}

const egress: Type<OldEgress> = object<OldEgress>("egress", {
  allowlist: { type: list(allowRule), doc: "Hosts the agent may reach.", fallback: [] },
  dlp_action: {
    type: choice<"block" | "warn">(["block", "warn"]),
    doc: "What happened to a secret that was found on its way out.",
    fallback: "block",
  },
});

const credProxy: Type<OldProxy> = object<OldProxy>("cred_proxy", {
  routes: { type: routes, doc: "Tokens and the upstreams that get them.", fallback: [] },
});

const bottle: Type<Omit<OldBottle, "name">> = object<Omit<OldBottle, "name">>("a bottle", {
  env: { type: env, doc: "Variables.", fallback: [] },
  egress: { type: egress, doc: "The way out.", fallback: { allowlist: [], dlp_action: "block" } },
  runtime: { type: choice<"runc" | "runsc">(["runc", "runsc"]), doc: "Docker's runtime." },
  cred_proxy: { type: credProxy, doc: "The proxy that held tokens.", fallback: { routes: [] } },
  supervise: { type: flag, doc: "Whether the agent could ask for more." },
  ssh: { type: gone("ssh"), doc: "Keys for git.", fallback: [] },
  git: { type: gone("git"), doc: "Repositories behind the git gate.", fallback: [] },
  tokens: { type: gone("tokens"), doc: "Tokens, before there were routes.", fallback: [] },
});

/** An empty prompt was none. */
const prompt: Format<string> = {
  ...promptFormat,
  parse: (value) => (value.trim() === "" ? good("") : promptFormat.parse(value)),
};

const agent: Type<Omit<OldAgent, "name">> = object<Omit<OldAgent, "name">>("an agent", {
  bottle: { type: text(nameFormat), doc: "Name one of the bottles.", required: true },
  skills: { type: list(text(skillFormat)), doc: "Its skills.", fallback: [] },
  prompt: { type: text(prompt), doc: "What it is asked to do.", fallback: "" },
});

export const oldManifest: Type<OldManifest> = object<OldManifest>("the manifest", {
  bottles: {
    type: mapOf(nameFormat, bottle, (name, body) => ({ name, ...body })),
    doc: "Bottles by name.",
    required: true,
  },
  agents: {
    type: mapOf(nameFormat, agent, (name, body) => ({ name, ...body })),
    doc: "Agents by name.",
    fallback: [],
  },
});
