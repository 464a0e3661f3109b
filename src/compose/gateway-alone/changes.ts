/** What a new manifest changes, in one line for the owner and the audit log. */
import type { HostRule } from "../../manifest/manifest.ts";
import type { AloneRules } from "./rules.ts";

/** Undefined where nothing that a gateway enforces is different. */
export function changesBetween(before: AloneRules, after: AloneRules): string | undefined {
  const parts = [
    ...listed(
      "hosts",
      new Map(before.bottle.allow.map(byHost)),
      new Map(after.bottle.allow.map(byHost)),
    ),
    ...listed(
      "denied",
      new Map(before.bottle.deny.map(byHost)),
      new Map(after.bottle.deny.map(byHost)),
    ),
    ...listed("credentials", credentialsOf(before), credentialsOf(after)),
    ...listed("values", valuesOf(before), valuesOf(after)),
    ...(["crl", "upstreamProxy"] as const).filter(
      (part) => JSON.stringify(before.config[part]) !== JSON.stringify(after.config[part]),
    ),
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}

/** `hosts: +a.example, -b.example, ~c.example`. */
function listed(
  what: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  const marks = [
    ...[...after.keys()].filter((name) => !before.has(name)).map((name) => `+${name}`),
    ...[...before.keys()].filter((name) => !after.has(name)).map((name) => `-${name}`),
    ...[...after]
      .filter(([name, text]) => before.has(name) && before.get(name) !== text)
      .map(([name]) => `~${name}`),
  ];
  return marks.length === 0 ? [] : [`${what}: ${marks.join(", ")}`];
}

function byHost(rule: HostRule): [name: string, text: string] {
  const ports = rule.ports.length === 0 ? "*" : rule.ports.join("+");
  const path = rule.paths === undefined ? "" : ` ${rule.paths.join(" ")}`;
  const methods = rule.methods === undefined ? "" : `${rule.methods.join("+")} `;
  return [`${methods}${rule.scheme}://${rule.host}:${ports}${path}`, JSON.stringify(rule)];
}

/** With the secret: it is compared here, and no part of the line. */
function credentialsOf({ bottle, credentials, secrets }: AloneRules): ReadonlyMap<string, string> {
  const entries = credentials.map(({ name, placeholder }, index): [string, string] => {
    const before = credentials.slice(0, index).filter((one) => one.name === name).length;
    const key = before === 0 ? name : `${name} (${before + 1})`;
    return [key, JSON.stringify([bottle.credentials[index], secrets[index], placeholder])];
  });
  return new Map(entries);
}

function valuesOf({ config }: AloneRules): ReadonlyMap<string, string> {
  return new Map(config.blockedValues.map(({ name, value }) => [name, value]));
}
