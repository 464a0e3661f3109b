/** The DNS names a bottle's authority may speak for. */
import { BottleError } from "../../errors/error.ts";
import { isAddressLiteral } from "../authority.ts";

/** More would make a certificate that every program in the bottle loads slowly. */
const maxSubtrees = 1000;

export interface CertificateNames {
  /** DNS subtrees for the authority's name constraints. */
  readonly permitted: readonly string[];
  /** Stricter than the subtrees: exactly the names of the manifest. */
  covers(host: string): boolean;
  /** A name that the manifest spells out, and not one of the many below a wildcard. */
  spells(host: string): boolean;
  /** Every name that a host or a `*.` pattern stands for; addresses need no certificate. */
  coversPattern(pattern: string): boolean;
}

/** Names and `*.` patterns of a manifest; addresses among them are left out, since nothing is intercepted for them. */
export function certificateNames(patterns: readonly string[]): CertificateNames {
  const exact = new Set<string>();
  const below = new Set<string>();
  for (const pattern of patterns) {
    const name = pattern.startsWith("*.") ? pattern.slice(2) : pattern;
    if (isAddressLiteral(name)) continue;
    if (!isDnsName(name)) throw nameError();
    (name === pattern ? exact : below).add(name);
  }
  const isBelow = (host: string): boolean => parents(host).some((parent) => below.has(parent));
  return {
    permitted: permittedSubtrees(new Set([...exact, ...below])),
    spells: (host) => exact.has(host),
    covers: (host) =>
      isDnsName(host) && !isAddressLiteral(host) && (exact.has(host) || isBelow(host)),
    coversPattern(pattern) {
      if (isAddressLiteral(pattern)) return true;
      if (!pattern.startsWith("*.")) return exact.has(pattern) || isBelow(pattern);
      const name = pattern.slice(2);
      return below.has(name) || isBelow(name);
    },
  };
}

/** Whether each of these subtrees lies in one of those. */
export function withinSubtrees(these: readonly string[], those: readonly string[]): boolean {
  const wide = new Set(those);
  return these.every((name) => wide.has(name) || parents(name).some((parent) => wide.has(parent)));
}

/** The refusal to speak for a name; which name it was, the caller knows. */
export function nameError(): BottleError {
  return new BottleError({
    code: "E_GATEWAY_TLS_NAME",
    what: "The bottle's certificate authority does not speak for this name.",
    why: "It is an address, no plain DNS name, or not among the hosts of the manifest.",
    next: "Add the host to `egress.allow`; for an address use plain http or a route.",
  });
}

/** RFC 5280 section 4.2.1.10: a subtree holds its own name and everything below it. Too many are widened to their parents. */
function permittedSubtrees(names: ReadonlySet<string>): readonly string[] {
  // A constraint needs at least one subtree: without names, one that can never exist (RFC 6761 section 6.4).
  if (names.size === 0) return ["claude-bottle.invalid"];
  let subtrees = [...names].filter((name) => !parents(name).some((parent) => names.has(parent)));
  for (let labels = 4; subtrees.length > maxSubtrees && labels > 0; labels -= 1)
    subtrees = [...new Set(subtrees.map((name) => name.split(".").slice(-labels).join(".")))];
  return subtrees;
}

function parents(name: string): string[] {
  const labels = name.split(".");
  return labels.slice(1).map((_label, index) => labels.slice(index + 1).join("."));
}

/** Lower-case letters, digits, hyphens and underscores in labels of 1 to 63, 253 characters together. */
function isDnsName(name: string): boolean {
  return (
    name.length <= 253 &&
    name.split(".").every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  );
}
