/** What the probes of the network must observe: a table for each link, for what is closed looks different on each. */
import { untried } from "./rule.ts";
import type { BoundaryName, LinkKind, Rule } from "./rule.ts";

type Bare = Omit<Rule, "boundary">;

const unreachable = ["ENETUNREACH"];
const refused = ["ECONNREFUSED"];
/** With IPv6 switched off inside, an address of that family cannot even be tried. */
const noIpv6 = ["ENETUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"];
/** A next hop that nobody is: before Docker 28 an internal network has a default route to the address which its bridge lacks. */
const nobody = ["EHOSTUNREACH", "ENETUNREACH"];
/** A ping that may not even be tried. */
const noPing = ["EACCES", "EPERM", "EPROTONOSUPPORT", "EAFNOSUPPORT"];

/** The bottle's own loopback, and names: alike on every link. */
const own: readonly Bare[] = [
  { name: "tcp-loopback", expected: refused, canaries: ["tcp-loopback"] },
  { name: "tcp-loopback-ipv6", expected: [...refused, ...noIpv6], canaries: ["tcp-loopback-ipv6"] },
  { name: "tcp-interface-ipv6", expected: noIpv6, canaries: ["tcp-interface-ipv6"] },
  { name: "udp-loopback", expected: refused, canaries: ["udp-loopback"] },
  { name: "udp-loopback-ipv6", expected: [...refused, ...noIpv6], canaries: ["udp-loopback-ipv6"] },
  { name: "udp-interface-ipv6", expected: noIpv6, canaries: ["udp-interface-ipv6"] },
  {
    name: "dns-system",
    expected: ["EAI_AGAIN", "ENOTFOUND"],
    canaries: ["dns-loopback", "dns-interface"],
  },
  { name: "dns-direct-loopback", expected: refused, canaries: ["dns-loopback"] },
];

/** No interface but `lo`. */
const alone: readonly Rule[] = named("network", [
  ...own,
  { name: "tcp-interface", expected: unreachable, canaries: ["tcp-interface"] },
  { name: "udp-interface", expected: unreachable, canaries: ["udp-interface"] },
  { name: "dns-direct-interface", expected: unreachable, canaries: ["dns-interface"] },
  { name: "metadata-direct", expected: unreachable },
  { name: "icmp-datagram", expected: [...noPing, ...unreachable], unless: untried },
  { name: "interfaces", expected: ["lo"] },
  { name: "routes", expected: ["none"] },
]);

const network: readonly Rule[] = [
  ...named("network", [
    ...own,
    { name: "tcp-interface", expected: nobody, canaries: ["tcp-interface"] },
    // That nobody takes it is told by the one before, of the same place, and by the canary (probes/udp.ts).
    { name: "udp-interface", expected: ["sent", ...nobody], canaries: ["udp-interface"] },
    { name: "dns-direct-interface", expected: ["sent", ...nobody], canaries: ["dns-interface"] },
    { name: "metadata-direct", expected: nobody },
    { name: "icmp-datagram", expected: noPing, unless: untried },
    { name: "interfaces", expected: ["eth0 lo"] },
    { name: "routes", expected: ["eth0 subnet", "eth0 default by nobody, eth0 subnet"] },
    { name: "ipv6-addresses", expected: ["lo alone"] },
    { name: "gateway-ports", expected: ["closed"] },
  ]),
  ...named("bridge", [
    { name: "neighbours", expected: ["nobody"] },
    { name: "host-addresses", expected: ["unreachable"], canaries: ["tcp-everywhere"] },
  ]),
  ...named("link-layer", [
    { name: "udp-broadcast", expected: ["sent", ...nobody], canaries: ["udp-everywhere"] },
    { name: "udp-multicast", expected: ["sent", ...nobody], canaries: ["udp-everywhere"] },
  ]),
  ...named("name-server", [
    // Not NXDOMAIN: somebody outside would say that of a name that nobody has.
    { name: "dns-embedded", expected: ["no answer", "SERVFAIL", "REFUSED", ...refused] },
  ]),
];

/** Of a firewall, in the place of whoever is there: a reset, or no leave to send at all (nft(8), "reject" in the output hook). */
const walled = ["ECONNREFUSED"];
const unsent = ["EPERM"];

const loopback: readonly Rule[] = [
  ...named("network", [
    ...own,
    { name: "tcp-interface", expected: walled, canaries: ["tcp-interface"] },
    { name: "udp-interface", expected: unsent, canaries: ["udp-interface"] },
    { name: "dns-direct-interface", expected: unsent, canaries: ["dns-interface"] },
    { name: "metadata-direct", expected: walled },
    { name: "icmp-datagram", expected: noPing, unless: untried },
    { name: "interfaces", expected: ["eth0 lo"] },
    { name: "routes", expected: ["eth0 default by nobody, eth0 subnet"] },
    { name: "ipv6-addresses", expected: ["lo alone"] },
    { name: "gateway-ports", expected: ["closed"] },
  ]),
  ...named("firewall", [
    { name: "neighbours", expected: ["nobody"] },
    { name: "host-addresses", expected: ["unreachable"], canaries: ["tcp-everywhere"] },
    { name: "udp-broadcast", expected: unsent, canaries: ["udp-everywhere"] },
    { name: "udp-multicast", expected: unsent, canaries: ["udp-everywhere"] },
    { name: "dns-embedded", expected: walled },
  ]),
];

function named(boundary: BoundaryName, rules: readonly Bare[]): readonly Rule[] {
  return rules.map((rule) => ({ ...rule, boundary }));
}

export const linkRules: Readonly<Record<LinkKind, readonly Rule[]>> = {
  socket: alone,
  vsock: alone,
  guestfwd: alone,
  loopback,
  network,
};
