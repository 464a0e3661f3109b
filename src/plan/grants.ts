/** What a bottle gives to what runs in it: said before a start, by `info`, and where a project asks to be trusted. */
import type { BottleSpec, EnvSpec, HostRule } from "../manifest/manifest.ts";
import { describeCredential } from "./describe-credential.ts";
import { engineLines } from "./engine-lines.ts";
import { table, wrap } from "./layout.ts";
import type { Section } from "./lines.ts";
import { orNone, plain } from "./lines.ts";
import type { Plan } from "./plan.ts";
import { sharingSections } from "./sharing-sections.ts";

export type Grants = Pick<
  Plan,
  | "env"
  | "egress"
  | "credentials"
  | "mounts"
  | "caches"
  | "ports"
  | "git"
  | "upstreamProxy"
  | "engine"
>;

/** The agent's variables go over the bottle's of the same name; order is by name, so that plans compare. */
export function grantsOf(bottle: BottleSpec, agentEnv: readonly EnvSpec[]): Grants {
  const { allow, deny, crl, credentials, mounts, caches, ports, git, upstreamProxy } = bottle;
  const { engine } = bottle;
  const merged = new Map([...bottle.env, ...agentEnv].map((spec) => [spec.name, spec]));
  const env = [...merged.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    env,
    egress: { allow, deny, crl },
    credentials,
    mounts,
    caches,
    ports,
    git,
    upstreamProxy,
    ...(engine !== undefined && { engine }),
  };
}

export function grantSections(grants: Grants, columns: number): readonly Section[] {
  return [
    ...sharingSections(grants, columns),
    { label: "engine", lines: engineLines(grants, columns) },
    envSection(grants.env, columns),
    {
      label: "may reach",
      lines: orNone(
        table(grants.egress.allow.map(ruleRow), columns),
        grants.credentials.length === 0 ? "nothing" : "nothing but the credentials' hosts",
      ),
    },
    {
      label: "never",
      lines: plain(
        table(
          grants.egress.deny.map((rule) => ruleRow({ ...rule, scheme: "https" })),
          columns,
        ),
      ),
    },
    {
      label: "revoked",
      lines: plain(
        grants.egress.crl.flatMap((file) => wrap(`certificates listed in ${file}`, columns)),
      ),
    },
    { label: "credentials", lines: orNone(credentialLines(grants, columns), "none") },
  ];
}

/** Everything that is put where the agent can read it. */
export function envSection(env: readonly EnvSpec[], columns: number): Section {
  return {
    label: "agent sees",
    lines: orNone(table(env.map(envRow), columns), "no variables from you"),
  };
}

function envRow(spec: EnvSpec): readonly string[] {
  if (spec.kind === "literal") return [spec.name, spec.value === "" ? "(empty)" : spec.value];
  return [
    spec.name,
    spec.kind === "host"
      ? `from your variable ${spec.variable}`
      : `asked at the start: ${spec.question}`,
  ];
}

function ruleRow(rule: HostRule): readonly string[] {
  const name = rule.host.includes(":") ? `[${rule.host}]` : rule.host;
  const standard = rule.scheme === "https" ? 443 : 80;
  const ports = rule.ports.every((port) => port === standard) ? "" : `:${rule.ports.join(",")}`;
  const asked = [rule.methods?.join(" "), rule.paths?.join(" ")]
    .filter((part) => part !== undefined)
    .join(" on ");
  const tokens = rule.patterns === "off" ? "with tokens of any service" : "";
  const unread = rule.encodings === "any" ? "in encodings that are not read" : "";
  const through =
    rule.tunnel === true ? "TLS goes through unread: no path or value is looked at" : "";
  const foreign = rule.foreignCredentials === "allow" ? "with any account of the agent's own" : "";
  const request = [asked, tokens, unread, foreign, through]
    .filter((part) => part !== "")
    .join(", ");
  return [`${rule.scheme === "http" ? "http://" : ""}${name}${ports}`, request];
}

function credentialLines({ credentials }: Grants, columns: number): readonly string[] {
  return credentials.flatMap((spec) => {
    const { name, to, from, may } = describeCredential(spec);
    return [
      ...wrap(`${name} for ${to.join(", ")}`, columns),
      ...[`held outside, from ${from}`, ...may].flatMap((text) =>
        wrap(text, columns - 2).map((line) => `  ${line}`),
      ),
    ];
  });
}
