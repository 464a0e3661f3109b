/** The keys of a bottle. */
import { byKind } from "./check/by-kind.ts";
import { list, mapOf, unique } from "./check/collection.ts";
import { object, refine } from "./check/object.ts";
import { choice, flag, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { envValueFormat } from "./formats/env-value.ts";
import { localPathFormat } from "./formats/local-path.ts";
import { placeFormat } from "./formats/place.ts";
import { defaultTimeToLive, formatTimeToLive, timeToLiveFormat } from "./formats/time-to-live.ts";
import { nameFormat, variableFormat } from "./formats/name.ts";
import type { BottleSpec, EnvSpec, HostRule, UpstreamProxySpec } from "./manifest.ts";
import { rungs } from "./rungs.ts";
import { credentials } from "./schema-credentials.ts";
import { allowRule, denyRule } from "./schema-hosts.ts";
import { engine } from "./schema-engine.ts";
import { gitIdentity } from "./schema-identity.ts";
import { image } from "./schema-image.ts";
import { upstreamProxy } from "./schema-proxy.ts";
import { defaultResources, resources } from "./schema-resources.ts";
import { caches, mounts, publishedPorts } from "./schema-sharing.ts";
import { defaultWorkspace, workspace } from "./schema-workspace.ts";
import { tunnelsStand } from "./tunnel-rules.ts";

export const env: Type<readonly EnvSpec[]> = mapOf(
  variableFormat,
  text(envValueFormat),
  (name, value) => ({ ...value, name }),
);

interface Egress {
  readonly allow: readonly HostRule[];
  readonly deny: readonly HostRule[];
  readonly crl: readonly string[];
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
  crl: {
    type: list(text(localPathFormat)),
    doc: "PEM files of certificate revocation lists that upstreams are checked against.",
    fallback: [],
  },
});

const bottleName: Type<string> = text(nameFormat);

/** Joined before the keys are read (extends.ts); here only its form is checked. */
const extended: Type<readonly string[]> = byKind<readonly string[]>({
  text: refine(bottleName, (name) => [name]),
  list: unique(list(bottleName, 1), (name) => name),
});

/** A bottle without its name, as written. */
interface WrittenBottle extends Omit<
  BottleSpec,
  "name" | "project" | "allow" | "deny" | "crl" | "upstreamProxy"
> {
  readonly extends: readonly string[];
  readonly egress: Egress;
  readonly upstreamProxy?: UpstreamProxySpec;
}

export const bottle: Type<Omit<BottleSpec, "name">> = refine(
  object<WrittenBottle>("a bottle", {
    extends: {
      type: extended,
      doc: "A bottle, or several, whose keys hold here too: lists are joined, env and maps by key, anything else by the last who says it.",
      fallback: [],
    },
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
    link: {
      type: choice(["socket", "network", "loopback"]),
      doc: "How the bottle reaches its gateway: socket, with no network at all; network, an internal one where nothing but the gateway answers; or loopback, the gateway's own behind a firewall. Default: the rung's own.",
    },
    place: {
      type: text(placeFormat),
      doc: "Where the bottle runs: local, or ssh:// and a machine with Docker, as in ssh://me@vm.",
      fallback: "local",
    },
    ttl: {
      type: text(timeToLiveFormat),
      doc: "How long an agent elsewhere goes on when the connection to it is cut and nobody comes back.",
      fallback: defaultTimeToLive,
      written: formatTimeToLive(defaultTimeToLive),
    },
    image: {
      type: image,
      doc: "What the bottle's system is made of: default is this machine's, read-only, or the default image; the name of an image; or a map that names a Dockerfile.",
      fallback: { kind: "default" },
      written: "default",
    },
    workspace: {
      type: workspace,
      doc: "clone: a private copy whose changes come back by apply. mount: the folder itself, with no undo.",
      fallback: defaultWorkspace,
      written: "clone",
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
      fallback: { allow: [], deny: [], crl: [] },
      written: {},
    },
    credentials: {
      type: credentials,
      doc: "Secrets that the gateway holds and uses on the agent's behalf.",
      fallback: [],
    },
    mounts: {
      type: mounts,
      doc: "Folders and files of this machine that the agent may read, and never write.",
      fallback: [],
    },
    caches: {
      type: caches,
      doc: "Package caches of this machine that the agent may read, and never write.",
      fallback: [],
    },
    ports: {
      type: publishedPorts,
      doc: "Ports of the agent that are seen on 127.0.0.1 of this machine.",
      fallback: [],
    },
    git: {
      type: gitIdentity,
      doc: "The author of commits made inside: none, host for your own git config's author, or a name and an address.",
      fallback: { kind: "none" },
      written: "none",
    },
    upstreamProxy: {
      type: upstreamProxy,
      doc: "The proxy through which the gateway itself must go.",
    },
    engine: {
      type: engine,
      doc: "Another program that has a say in what leaves: pipelock, or a map that says where it stands.",
    },
    projectAgents: {
      type: flag,
      doc: "Whether a project file that you have not trusted may define agents in this bottle.",
      fallback: false,
    },
  }),
  ({ egress: { allow, deny, crl }, upstreamProxy: proxy = null, ...body }, tree, report) => {
    const { extends: _bases, ...rest } = body;
    if (!tunnelsStand(allow, rest.credentials, tree, report)) return undefined;
    return { ...rest, allow, deny, crl, upstreamProxy: proxy };
  },
);
