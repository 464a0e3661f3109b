/**
 * The firewall of the link `loopback`, as nft(8) reads it: the gateway and its bottle share a network, and of that only the gateway's
 * uid has more than the loopback. Whatever is not named is refused, also what belongs to nobody's uid (MPTCP's own connections do,
 * and what the kernel sends by itself).
 */
import { channelPort, doorPort, waysBackPort } from "../../../helper/protocol.ts";

export interface FirewallOptions {
  /** Of the gateway; every other uid but the daemon's, whose name server is here as well, is the bottle's. */
  readonly gateway: number;
  /** Tests only: everything goes out. */
  readonly open: boolean;
}

const doors = `{ ${[doorPort, channelPort, waysBackPort].join(", ")} }`;
/** Numbers of protocols: their names are in a file that the gateway's image does not have (protocols(5)). */
const [icmp, tcp, icmpv6] = [1, 6, 58] as const;
/** Where the Engine's own name server listens on every such network; it is the daemon's (uid 0). */
const nameServer = "127.0.0.11";

export function firewallRules({ gateway, open }: FirewallOptions): string {
  return [
    "table inet claude_bottle {",
    " chain refuse {",
    `  meta l4proto ${tcp} reject with tcp reset`,
    "  reject with icmpx admin-prohibited",
    " }",
    " chain known {",
    `  meta skuid { 0, ${gateway} } accept`,
    `  meta skuid != ${gateway} jump refuse`,
    // A socket that its process has closed, or not taken yet, has no uid, and is heard all the same; of the connections that there
    // are from here to elsewhere, all are the gateway's.
    "  ct state established,related accept",
    "  jump refuse",
    " }",
    " chain loopback {",
    // Of the kernel itself, for who is refused: no process of a bottle may send either (no capability, no ping group).
    `  meta l4proto { ${icmp}, ${icmpv6} } accept`,
    "  tcp flags & rst == rst accept",
    `  ip daddr ${nameServer} jump known`,
    `  ip saddr ${nameServer} jump known`,
    // The gateway answers and never calls: behind any other port here is the agent, who would be sent a credential.
    `  ip saddr 127.0.0.1 ip daddr 127.0.0.1 tcp sport ${doors} accept`,
    `  meta skuid ${gateway} jump refuse`,
    // A door that is not open, and the agent's own servers. Of both ends one address is good, so that no answer of the name server is forged.
    "  ip saddr 127.0.0.1 ip daddr 127.0.0.1 accept",
    "  ip6 saddr ::1 ip6 daddr ::1 accept",
    "  jump refuse",
    " }",
    " chain out {",
    `  type filter hook output priority 0; policy ${open ? "accept" : "drop"};`,
    ...(open ? [] : ['  oifname "lo" jump loopback', "  jump known"]),
    " }",
    " chain in {",
    `  type filter hook input priority 0; policy ${open ? "accept" : "drop"};`,
    ...(open ? [] : ['  iifname "lo" accept', "  ct state established,related accept"]),
    " }",
    " chain through {",
    "  type filter hook forward priority 0; policy drop;",
    " }",
    "}",
    "",
  ].join("\n");
}
