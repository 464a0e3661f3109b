/** Attacks of a bottle that is on a network: whoever else might be there, the host behind its bridge, and Docker's name server. */
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { channelPort, doorPort } from "../../helper/protocol.ts";
import type { ProbeTargets } from "../../helper/protocol.ts";
import { dnsQuery } from "../dns-message.ts";
import { attempt, errorName } from "./probe.ts";
import type { Probe } from "./probe.ts";
import { tryConnect } from "./tcp.ts";

type Network = NonNullable<ProbeTargets["network"]>;

/** What is observed on a link without a network; no rule of such a link asks for it. */
const noNetwork = "no network";

/** The interface, as every backend calls it. */
const ours = "eth0";
/** Nobody answers there, or there is no way; a refusal would be an answer. */
const silence: ReadonlySet<string> = new Set(["EHOSTUNREACH", "ENETUNREACH"]);
/** A firewall refuses in everybody's place; the canary knows that it was that. */
const refusal: ReadonlySet<string> = new Set(["ECONNREFUSED"]);
/** Of the gateway; the second is the helper's channel, which is taken. What a Docker daemon or a forgotten service listens on. */
const closedPorts = [channelPort, 22, 53, 80, 443, 2375, 3128, 8080] as const;
/** RFC 1112 section 4: every host that speaks IP is in this group. */
const everyHost = "224.0.0.1";
const everybody = "255.255.255.255";

/** The first place that does not observe one of `wanted`, or the word for none. */
async function firstOther(
  places: readonly { readonly host: string; readonly port: number }[],
  wanted: ReadonlySet<string>,
  word: string,
): Promise<string> {
  const observed = await Promise.all(
    places.map(async (place) => ({ place, seen: await tryConnect(place) })),
  );
  const other = observed.find(({ seen }) => !wanted.has(seen));
  return other === undefined ? word : `${other.place.host}:${other.place.port} ${other.seen}`;
}

function onNetwork(
  name: string,
  run: (network: Network, targets: ProbeTargets) => Promise<string> | string,
): Probe {
  return {
    name,
    run: (targets) => (targets.network === null ? noNetwork : run(targets.network, targets)),
  };
}

/** Sends one datagram to `host` out of the bottle's interface, and no word of whether anybody heard it: its canary knows. */
function shout(host: string, port: number): Promise<string> {
  const own = networkInterfaces()[ours]?.find(({ family }) => family === "IPv4")?.address;
  if (own === undefined) return Promise.resolve(`no ${ours}`);
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const done = (observed: string): void => {
      resolve(observed);
      socket.close();
    };
    socket.once("error", (error) => done(errorName(error)));
    // From that address it leaves by that interface, whatever the routes say (ip(7), "special and reserved addresses").
    socket.bind(0, own, () => {
      if (host === everybody) socket.setBroadcast(true);
      else socket.setMulticastInterface(own);
      socket.send(Buffer.from("claude-bottle probe"), port, host, (error) =>
        done(error === null ? "sent" : errorName(error)),
      );
    });
  });
}

/** Docker's name server listens on the bottle's own loopback whatever /etc/resolv.conf says (127.0.0.11). */
const embedded = { host: "127.0.0.11", port: 53 } as const;
const codes: Readonly<Record<number, string>> = {
  0: "answered",
  2: "SERVFAIL",
  3: "NXDOMAIN",
  5: "REFUSED",
};
/** Which of the two questions it was. */
const [asked, known] = [1, 2] as const;

/**
 * Asks it for a name that only somebody outside could know, then for one that it knows by itself. It answers one after the other
 * over TCP (RFC 7766 section 6.2.1.1 allows another order, it has none): with the second answer the first question is over.
 */
function askEmbedded(outside: string, inside: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(embedded);
    const finish = (observed: string): void => {
      resolve(observed);
      socket.destroy();
    };
    let heard = Buffer.alloc(0);
    socket.once("error", (error) => finish(errorName(error)));
    socket.once("close", () => finish("closed"));
    socket.on("data", (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
      // Two bytes of length, two of the question's number, two of flags with the code at their end (RFC 1035 section 4).
      if (heard.length < 6) return;
      const code = (heard[5] ?? 0) & 15;
      finish(heard.readUInt16BE(2) === known ? "no answer" : (codes[code] ?? `code ${code}`));
    });
    socket.once("connect", () => {
      socket.write(question(asked, outside));
      socket.write(question(known, inside));
    });
  });
}

function question(number: number, name: string): Buffer {
  const query = dnsQuery(name);
  query.writeUInt16BE(number, 0);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  return Buffer.concat([length, query]);
}

/** Addresses of IPv6 beside the loopback's (proc(5), if_inet6: the interface is the last word of a line). */
function ipv6Addresses(): string {
  const lines = readFileSync("/proc/net/if_inet6", "latin1").split("\n");
  const others = lines
    .map((line) => line.trim().split(/\s+/).at(-1) ?? "")
    .filter((name) => name !== "" && name !== "lo");
  return others.length === 0 ? "lo alone" : others.slice(0, 5).join(" ");
}

export const linkNetworkProbes: readonly Probe[] = [
  onNetwork("neighbours", ({ nobody, firewall }) =>
    firstOther(
      nobody.map((host) => ({ host, port: doorPort })),
      firewall === true ? refusal : silence,
      "nobody",
    ),
  ),
  onNetwork("host-addresses", ({ firewall }, { everywhere }) =>
    everywhere === null
      ? "no canary"
      : firstOther(
          everywhere.addresses.map((host) => ({ host, port: everywhere.tcp })),
          firewall === true ? refusal : silence,
          "unreachable",
        ),
  ),
  onNetwork("gateway-ports", ({ gateway }) =>
    firstOther(
      closedPorts.map((port) => ({ host: gateway, port })),
      refusal,
      "closed",
    ),
  ),
  onNetwork("udp-broadcast", (_network, { everywhere }) => shout(everybody, everywhere?.udp ?? 9)),
  onNetwork("udp-multicast", (_network, { everywhere }) => shout(everyHost, everywhere?.udp ?? 9)),
  onNetwork("dns-embedded", ({ ownName }, { dnsName }) => askEmbedded(dnsName, ownName)),
  onNetwork("ipv6-addresses", () =>
    attempt(() => {
      try {
        return ipv6Addresses();
      } catch (error) {
        // A kernel without it.
        if (errorName(error) === "ENOENT") return "lo alone";
        throw error;
      }
    }),
  ),
];
