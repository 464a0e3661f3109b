/** From a manifest's bottle to what a gateway alone enforces: at its start, and whenever the manifest changes. */
import { resolve } from "node:path";
import { BottleError } from "../../errors/error.ts";
import type { GatewayConfig } from "../../gateway/config.ts";
import type { AgentContext } from "../../lifecycle/agent.ts";
import { closest } from "../../manifest/closest.ts";
import { loadManifest } from "../../manifest/load.ts";
import type { BottleSpec, CredentialSpec, Manifest } from "../../manifest/manifest.ts";
import { prepareCredential, randomFrom } from "../credentials.ts";
import { readRevocationLists } from "../crl.ts";
import { blockedEnv } from "../env.ts";
import { withRegistries } from "../npm-registry.ts";
import { manifestPlaces } from "../paths.ts";
import type { Host } from "../paths.ts";
import { upstreamProxyOf } from "../upstream-proxy.ts";
import { readValues } from "../values.ts";

export interface AloneRules {
  /** Absolute path of the manifest. */
  readonly file: string;
  /** Milliseconds since the epoch before its text was read. */
  readonly readAt: number;
  readonly bottle: BottleSpec;
  readonly config: GatewayConfig;
  /** In the order of the bottle's. */
  readonly credentials: AgentContext["credentials"];
  readonly secrets: readonly string[];
  readonly hints: readonly string[];
}

export interface RulesSource {
  /** `--manifest`. */
  readonly manifest: string | undefined;
  /** Absent: the manifest's only one. */
  readonly bottle: string | undefined;
  readonly id: string;
  readonly seed: Buffer;
  readonly ownPlaceholder: string;
  readonly extraCa: readonly string[];
  readonly askSecret: ((question: string) => Promise<string>) | undefined;
}

/** Reads manifest and secrets; throws as a start would. */
export async function readRules(host: Host, source: RulesSource): Promise<AloneRules> {
  const { id, seed, ownPlaceholder, extraCa, askSecret } = source;
  const readAt = Date.now();
  const manifest = await loadManifest(manifestPlaces(host, source.manifest, resolve(host.cwd)));
  const found = bottleOf(manifest, source.bottle);
  refuseEngine(found);
  const bottle = { ...found, credentials: await withRegistries(host, found.credentials) };
  const values = await readValues(host, bottle, {
    ask: undefined,
    askSecret,
    before: Promise.resolve(),
  });
  const seen = new Map<string, number>();
  const prepared = bottle.credentials.map((spec, index) =>
    prepareCredential(spec, values.secrets[index] ?? "", (kind) => {
      const what = `${kind} ${identity(spec)}`;
      const before = seen.get(what) ?? 0;
      seen.set(what, before + 1);
      return randomFrom(seed, `alone ${before} ${what}`);
    }),
  );
  return {
    file: manifest.file,
    readAt,
    bottle,
    hints: manifest.hints,
    credentials: prepared.map(({ context }) => context),
    secrets: values.secrets,
    config: {
      id,
      allow: bottle.allow,
      deny: bottle.deny,
      credentials: prepared.flatMap(({ compiled }) => compiled),
      blockedValues: [
        ...blockedEnv(bottle, values.env),
        { name: "the gateway's own placeholder", value: ownPlaceholder },
      ],
      extraCa,
      crl: await readRevocationLists(bottle.crl),
      upstreamProxy: await upstreamProxyOf({ plan: bottle, proxyAuth: values.proxyAuth }),
      breakBoundary: undefined,
    },
  };
}

/** The same credential in an edited manifest keeps its placeholder, wherever it stands and whatever rules it has. */
function identity(spec: CredentialSpec): string {
  const at = "url" in spec ? spec.url : `${spec.host}:${spec.ports.join("+")}`;
  return `${spec.kind} ${at} ${spec.secret.text}`;
}

function bottleOf({ bottles, file }: Manifest, name: string | undefined): BottleSpec {
  const names = [...bottles.keys()];
  const [only] = names;
  const found = bottles.get(name ?? (names.length === 1 && only !== undefined ? only : ""));
  if (found !== undefined) return found;
  const near = name === undefined ? undefined : closest(name, names);
  throw new BottleError({
    code: "E_USAGE",
    what:
      name === undefined
        ? "The manifest has more than one bottle, or none."
        : `The manifest has no bottle ${JSON.stringify(name)}.`,
    next: near === undefined ? `Name one of: ${names.join(", ")}.` : `Did you mean "${near}"?`,
    place: { file },
  });
}

/** What a bottle's engine would refuse must not leave because nobody asks it. */
function refuseEngine({ engine, name }: BottleSpec): void {
  if (engine === undefined) return;
  throw new BottleError({
    code: "E_PLAN_ENGINE",
    what: `The bottle ${name} has the engine ${engine.name}, and the gateway alone runs none.`,
    next: "Remove engine, or start the bottle itself.",
  });
}
