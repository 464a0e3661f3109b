/** Services that answer DNS over HTTPS: a name says what it likes to whoever serves it, past everything that is allowed by name. */
import type { Fields } from "./http/fields.ts";

/** Public resolvers; each stands for what is below it too. */
const services: ReadonlySet<string> = new Set([
  "adguard-dns.com",
  "adguard-dns.io",
  "cleanbrowsing.org",
  "cloudflare-dns.com",
  "cloudflare-gateway.com",
  "controld.com",
  "dns.adguard.com",
  "dns.alidns.com",
  "dns.google",
  "dns.google.com",
  "dns.mullvad.net",
  "dns.nextdns.io",
  "dns.quad9.net",
  "dns.sb",
  "dns.switch.ch",
  "dns.umbrella.com",
  "dns0.eu",
  "dns10.quad9.net",
  "dns11.quad9.net",
  "dns12.quad9.net",
  "dns9.quad9.net",
  "doh.dns.sb",
  "doh.opendns.com",
  "doh.pub",
  "doh.umbrella.com",
  "mozilla.cloudflare-dns.com",
  "nextdns.io",
  "one.one.one.one",
]);

/** Whether a host is one of them: a wildcard does not allow it, a rule with its name does. */
export function isDnsService(host: string): boolean {
  for (let rest = host; ; rest = rest.slice(rest.indexOf(".") + 1)) {
    if (services.has(rest)) return true;
    if (!rest.includes(".")) return false;
  }
}

/** RFC 8484 section 6, RFC 9230 section 6, and the JSON that resolvers speak beside. */
const message = /application\/(?:dns-message|dns-json|dns\+json|oblivious-dns-message)/i;

/** Whether a request is a question of DNS, by what it sends or wants. */
export function asksDns({ lowers, values }: Fields): boolean {
  return lowers.some(
    (lower, index) =>
      (lower === "accept" || lower === "content-type") && message.test(values[index] as string),
  );
}
