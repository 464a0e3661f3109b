/** What may never be asked of a proxy: names and addresses that mean "this machine", or no machine at all. */
import { isIPv4 } from "node:net";

/** As /etc/hosts of common distributions spells the loopback. */
const loopbackNames: ReadonlySet<string> = new Set([
  "localhost",
  "localhost.localdomain",
  "localhost4",
  "localhost4.localdomain4",
  "localhost6",
  "localhost6.localdomain6",
  "ip6-localhost",
  "ip6-loopback",
]);

/**
 * Asked of a proxy, `localhost` would be the proxy's own machine and what listens there for itself alone. Names below
 * `.localhost` are the same (RFC 6761 section 6.3), those below `.invalid` exist nowhere (section 6.4).
 */
export function staysHere(host: string): boolean {
  if (isIPv4(host)) return host.startsWith("127.") || host.startsWith("0.");
  if (host.includes(":")) return host === "::1" || host === "::";
  return loopbackNames.has(host) || /(?:^|\.)(?:localhost|invalid)$/.test(host);
}
