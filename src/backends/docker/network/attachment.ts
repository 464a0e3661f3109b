/** What a bottle's container is told of its network. */
import type { NetworkTarget } from "../../../helper/protocol.ts";
import { isAtLeast } from "../engine/version.ts";
import type { BottleNetworks, MadeNetwork } from "./networks.ts";

export interface Attachment {
  readonly network: MadeNetwork;
  /** The version of the API that is spoken. */
  readonly version: string;
  /** Tests only: the Engine's own name server may ask the daemon's. */
  readonly resolves: boolean;
  /** The bottle's network belongs to a user namespace, in which the kernel has no settings of neighbours (net/core/neighbour.c, neigh_sysctl_register). */
  readonly ownUsers: boolean;
}

/**
 * How long a neighbour who does not answer is waited for (arp(7)): three times 10 ms and not a second. Whoever is there answers
 * within the kernel, so that nobody is missed, and the proof need not wait for nobody. One who was there before is asked for longer: the
 * gateway of a machine under load.
 */
const neighbour = { retrans_time_ms: "10", ucast_solicit: "50" } as const;
/** The Engine lets every group ping (ip(7)); where nobody is, a ping that was sent says nothing. */
export const noPing: Readonly<Record<string, string>> = { "net.ipv4.ping_group_range": "1 0" };
const sysctlOption = "com.docker.network.endpoint.sysctls";

/** A name which the Engine's own name server knows without asking anybody: the proof's. */
export const ownName = "bottle";

/** `sysctls`: those of the interface, where the API has no other place for them. */
export function attached({ network, version, resolves, ownUsers }: Attachment): {
  readonly host: { readonly NetworkMode: string; readonly Dns?: readonly string[] };
  readonly networking: object;
  readonly sysctls: Readonly<Record<string, string>>;
} {
  const { name, subnet } = network;
  const entries = ownUsers ? [] : Object.entries(neighbour);
  const byEndpoint = isAtLeast(version, "1.46");
  const options = entries.map(([key, value]) => `net.ipv4.neigh.IFNAME.${key}=${value}`).join(",");
  return {
    host: {
      NetworkMode: name,
      /**
       * The Engine's name server is at 127.0.0.11 on every such network, whatever /etc/resolv.conf says, and asks these. They are
       * asked from the bottle's network (libnetwork; before 23.0.11 the daemon's own are asked from the host's, CVE-2024-29018), and
       * there this is the bottle itself.
       */
      ...(resolves ? {} : { Dns: [subnet.bottle] }),
    },
    networking: {
      EndpointsConfig: {
        [name]: {
          IPAMConfig: { IPv4Address: subnet.bottle },
          Aliases: [ownName],
          ...(byEndpoint && !ownUsers ? { DriverOpts: { [sysctlOption]: options } } : {}),
        },
      },
    },
    sysctls: {
      ...noPing,
      ...(byEndpoint
        ? {}
        : Object.fromEntries(
            entries.map(([key, value]) => [`net.ipv4.neigh.eth0.${key}`, value] as const),
          )),
    },
  };
}

/** For the probes: who may answer, and who must not be there. */
export function targetOf({ inside, outside }: BottleNetworks, ownUsers = false): NetworkTarget {
  return {
    gateway: inside.subnet.gateway,
    nobody: [
      ...[inside.subnet.bridge, ...inside.subnet.others],
      ...[outside.subnet.bridge, outside.subnet.gateway],
    ],
    ownName,
    ...(ownUsers && { slow: true }),
  };
}
