/** What `tunnel: true` cannot stand beside: where nothing is read, nothing can be judged, and no secret put in. */
import { credentialAuthority } from "./authority.ts";
import { isAddress } from "./formats/host.ts";
import type { CredentialSpec, HostRule } from "./manifest.ts";
import { quote } from "./quote.ts";
import type { Report } from "./report.ts";
import type { Tree } from "./tree.ts";
import { lookUp } from "./tree.ts";

/** Of one rule. True: it may stand. */
export function tunnelStands(rule: HostRule, tree: Tree, report: Report): boolean {
  if (rule.tunnel !== true) return true;
  const beside = (["methods", "paths", "patterns", "encodings", "h2"] as const).find(
    (key) => rule[key] !== undefined,
  );
  const what =
    beside !== undefined
      ? `A tunnel is not read, and there is ${beside} beside it.`
      : rule.scheme === "http"
        ? "A tunnel is for https, and the scheme is http."
        : isAddress(rule.host)
          ? "A tunnel leads to a name, and the host is an address."
          : undefined;
  if (what === undefined) return true;
  report.add(tree.at, {
    code: "E_MANIFEST_CONFLICT",
    what,
    next: "Leave out one of the two.",
  });
  return false;
}

/** Of a bottle. True: no credential is for a host whose TLS goes through unread. */
export function tunnelsStand(
  allow: readonly HostRule[],
  credentials: readonly CredentialSpec[],
  tree: Tree,
  report: Report,
): boolean {
  for (const rule of allow) {
    if (rule.tunnel !== true) continue;
    const meant = credentials.flatMap(credentialAuthority).find((text) => covers(rule, text));
    if (meant === undefined) continue;
    report.add((lookUp(tree, "egress") ?? tree).at, {
      code: "E_MANIFEST_CONFLICT",
      what: `TLS to ${quote(rule.host)} goes through unread, and a credential is for ${meant}.`,
      next: "Leave out tunnel: true, or the credential.",
    });
    return false;
  }
  return true;
}

function covers(rule: HostRule, authority: string): boolean {
  const { hostname, port } = new URL(authority);
  const fits = rule.host.startsWith("*.")
    ? hostname.endsWith(rule.host.slice(1))
    : hostname === rule.host;
  return fits && rule.ports.includes(port === "" ? 443 : Number(port));
}
