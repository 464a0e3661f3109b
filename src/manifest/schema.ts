/** The manifest's format as data (DESIGN section 7): keys, types, defaults and docs; checks and JSON Schema derive from it. */
import { list, mapOf } from "./check/collection.ts";
import { object, refine } from "./check/object.ts";
import { choice, exactly, number, onlyYet, text } from "./check/scalar.ts";
import type { JsonSchema, Type } from "./check/type.ts";
import { envValueFormat } from "./formats/env-value.ts";
import { nameFormat, variableFormat } from "./formats/name.ts";
import { promptFormat } from "./formats/prompt.ts";
import { sizeFormat } from "./formats/size.ts";
import type { AgentSpec, BottleSpec, EnvSpec, HostRule, Resources } from "./manifest.ts";
import { credentials } from "./schema-credentials.ts";
import { allowRule, denyRule } from "./schema-hosts.ts";
import { rungs } from "./rungs.ts";

const mebi = 2 ** 20;
const gibi = 2 ** 30;

const env: Type<readonly EnvSpec[]> = mapOf(
  variableFormat,
  text(envValueFormat),
  (name, value) => ({ ...value, name }),
);

/** What a bottle gets that asks for nothing. */
export const defaultResources: Resources = {
  cpus: 2,
  memory: 4 * gibi,
  pids: 512,
  disk: 10 * gibi,
};

const resources: Type<Resources> = object<Resources>("resources", {
  cpus: {
    type: number({ minimum: 0.1, maximum: 1024, whole: false }),
    doc: "Processor cores.",
    fallback: defaultResources.cpus,
  },
  memory: {
    type: text(sizeFormat(64 * mebi)),
    doc: "Memory, such as 4GiB.",
    fallback: defaultResources.memory,
    written: "4GiB",
  },
  pids: {
    type: number({ minimum: 16, maximum: 1_000_000, whole: true }),
    doc: "Processes and threads.",
    fallback: defaultResources.pids,
  },
  disk: {
    type: text(sizeFormat(16 * mebi)),
    doc: "Space for /tmp and the home.",
    fallback: defaultResources.disk,
    written: "10GiB",
  },
});

interface Egress {
  readonly allow: readonly HostRule[];
  readonly deny: readonly HostRule[];
}

const egress: Type<Egress> = object<Egress>("egress", {
  allow: {
    type: list(allowRule),
    doc: "Hosts the agent may reach; an empty list allows none.",
    fallback: [],
  },
  deny: {
    type: list(denyRule),
    doc: "Hosts the agent may never reach; deny wins over allow.",
    fallback: [],
  },
});

type Written<T, K extends keyof T> = Omit<T, K | "name">;
type BottleBody = Written<BottleSpec, "allow" | "deny"> & {
  readonly image: "default";
  readonly egress: Egress;
};

const bottle: Type<Written<BottleSpec, never>> = refine(
  object<BottleBody>(
    "a bottle",
    {
      rung: {
        type: choice([...rungs, "auto"]),
        doc: "Strength of isolation; auto takes the strongest that is ready here.",
        fallback: "namespace",
      },
      minimumRung: {
        type: choice(rungs),
        doc: "Refuse to start on anything weaker.",
        fallback: "namespace",
      },
      place: {
        type: choice(["local"], ["ssh://", "fly"]),
        doc: "Where the bottle runs.",
        fallback: "local",
      },
      image: {
        type: onlyYet("default"),
        doc: "What the bottle's system is made of.",
        fallback: "default",
      },
      workspace: {
        type: choice(["clone"], ["mount"]),
        doc: "clone: a private copy whose changes come back by apply.",
        fallback: "clone",
      },
      resources: {
        type: resources,
        doc: "Limits of the bottle.",
        fallback: defaultResources,
        written: {},
      },
      env: {
        type: env,
        doc: "Variables; all of them are visible to the agent.",
        fallback: [],
        written: {},
      },
      egress: {
        type: egress,
        doc: "The hosts the agent may reach.",
        fallback: { allow: [], deny: [] },
        written: {},
      },
      credentials: {
        type: credentials,
        doc: "Secrets that the gateway holds and uses on the agent's behalf.",
        fallback: [],
      },
    },
    ["projectAgents"],
  ),
  ({ egress: { allow, deny }, ...body }) => {
    const {
      rung,
      minimumRung,
      place,
      workspace,
      resources: limits,
      env: variables,
      credentials: held,
    } = body;
    return {
      rung,
      minimumRung,
      place,
      workspace,
      resources: limits,
      env: variables,
      allow,
      deny,
      credentials: held,
    };
  },
);

const agent: Type<Written<AgentSpec, never>> = object<Written<AgentSpec, never>>(
  "an agent",
  {
    bottle: { type: text(nameFormat), doc: "Name one of the bottles above.", required: true },
    provider: {
      type: choice(["claude", "shell"], ["codex", "gemini"]),
      doc: "Which program runs.",
      fallback: "claude",
    },
    prompt: { type: text(promptFormat), doc: "What the agent is asked to do." },
    env: { type: env, doc: "More variables, over those of the bottle.", fallback: [], written: {} },
  },
  ["skills"],
);

export interface ManifestBody {
  readonly version: 1;
  readonly bottles: readonly BottleSpec[];
  readonly agents: readonly AgentSpec[];
}

/** The whole file. */
export const manifestType: Type<ManifestBody> = object<ManifestBody>("the manifest", {
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
});

/** The format as JSON Schema, for editors. */
export function manifestJsonSchema(): JsonSchema & { readonly $schema: string } {
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...manifestType.json };
}
