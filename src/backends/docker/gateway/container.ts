/** The gateway's container as the Engine takes it: read-only, nobody's, without a capability, on two networks. */
import type { GatewayHostSpec } from "../../../lifecycle/backend.ts";
import { containerName, ownIpv6 } from "../container.ts";
import { inside as bottle } from "../../inside.ts";
import { idLabel, ownerLabel } from "../labels.ts";
import { noPing } from "../network/attachment.ts";
import type { MadeNetwork } from "../network/networks.ts";
import { seccompProfile } from "../seccomp/profile.ts";

/** Where it is: on the bottle's network and on one of its own, or, link `loopback`, on one which the bottle shares with it. */
export interface GatewayNetworks {
  readonly inside?: MadeNetwork;
  readonly outside: MadeNetwork;
}

export interface GatewayContainer {
  readonly spec: GatewayHostSpec;
  readonly networks: GatewayNetworks;
  /** This kernel has IPv6. */
  readonly ipv6: boolean;
  readonly image: string;
  readonly user: { readonly uid: number; readonly gid: number };
  /** For the label. */
  readonly owner: string;
  /** A connection to its streams that was cut may be made again; else it ends with the first. */
  readonly again: boolean;
  /** The API takes both networks at once. */
  readonly both: boolean;
  /** Of a daemon elsewhere: what brings the program in. */
  readonly carried?: readonly object[] | undefined;
}

/** Where the program is inside. */
export const program = "/opt/claude-bottle/gateway-host.js";
/** Bytes; held bodies and open streams are bounded far below. */
const memory = 1024 ** 3;
/** Node's threads and a few more. */
const processes = 64;
const coreLimit = { Name: "core", Soft: 1, Hard: 1 };

export function gatewayName(id: string): string {
  return `${containerName(id)}-gateway`;
}

export function gatewayConfig({
  spec,
  networks: { inside, outside },
  image,
  user,
  owner,
  both,
  carried,
  again,
  ipv6,
}: GatewayContainer): object {
  const address = inside?.subnet.gateway ?? "127.0.0.1";
  return {
    Image: image,
    User: `${user.uid}:${user.gid}`,
    // Whoever joins a container's network has its name.
    Hostname: inside === undefined ? bottle.hostname : "gateway",
    Entrypoint: ["/usr/bin/node", program, ...spec.argv, "--address", address],
    Cmd: [],
    Env: ["HOME", "HOSTNAME", "TERM", "PATH"],
    WorkingDir: "/",
    Tty: false,
    OpenStdin: true,
    // The daemon closes it when its supervisor is gone, which ends the gateway and with it the bottle.
    StdinOnce: !again,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Healthcheck: { Test: ["NONE"] },
    Labels: { [idLabel]: spec.id, [ownerLabel]: owner },
    HostConfig: {
      Runtime: "runc",
      NetworkMode: outside.name,
      IpcMode: "private",
      CgroupnsMode: "private",
      CapDrop: ["ALL"],
      Privileged: false,
      SecurityOpt: ["no-new-privileges", `seccomp=${seccompProfile()}`],
      ReadonlyRootfs: true,
      Mounts: carried ?? [
        {
          Type: "bind",
          Source: spec.program,
          Target: program,
          ReadOnly: true,
          BindOptions: { Propagation: "rprivate" },
        },
      ],
      Ulimits: [coreLimit],
      // It is on two networks, and leads from neither to the other; what is asked for on one is not answered for the other.
      Sysctls: {
        "net.ipv4.ip_forward": "0",
        "net.ipv4.conf.all.arp_ignore": "1",
        ...(inside === undefined ? { ...noPing, ...(ipv6 ? { [ownIpv6]: "0" } : {}) } : {}),
      },
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
      AutoRemove: true,
      Memory: memory,
      MemorySwap: memory,
      PidsLimit: processes,
    },
    NetworkingConfig: {
      EndpointsConfig: {
        [outside.name]: { IPAMConfig: { IPv4Address: outside.subnet.gateway } },
        ...(both && inside !== undefined
          ? { [inside.name]: insideEndpoint(inside.subnet.gateway) }
          : {}),
      },
    },
  };
}

/** Its place on the bottle's network. */
export function insideEndpoint(address: string): object {
  return { IPAMConfig: { IPv4Address: address } };
}
