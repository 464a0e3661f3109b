/**
 * What supervisor and helper say to each other on descriptor 3: one JSON object a line, at most `maxLine` bytes.
 * No secret ever crosses this channel: everything in the bottle may read it.
 *
 *   supervisor ──HelperRequest──▶ helper        helper ──HelperMessage──▶ supervisor
 */

/** Bytes; a longer line ends the channel and with it the bottle. */
export const maxLine: number = 1024 * 1024;

/** Where the bottle's side of the gateway listens, the same in every bottle (DESIGN section 6). */
export const doorPort: number = 4180;

/** Where a hosted gateway takes the helper's channel: the first caller has it, then nobody is taken any more. */
export const channelPort: number = 4181;

/** Where a hosted gateway takes connections back to the bottle's ports. */
export const waysBackPort: number = 4182;

/** Beside the gateway's socket in a bottle that has ports: connections to them come back to the supervisor here. */
export const portsSocket: string = "ports.sock";

/** Characters that open one way back there, once. */
export const forwardKeyLength: number = 48;

/** Bytes of a carried agent's output that may be on their way. */
export const outputRoom: number = 1024 * 1024;

export type HelperRequest =
  /**
   * Run the boundary probes; answered by one `proof`. Those named in `known` ran in this bottle before, while nothing else did,
   * and what they look at cannot change: they are not run again.
   */
  | { readonly type: "probe"; readonly targets: ProbeTargets; readonly known: readonly string[] }
  /** Start the agent on the helper's own standard streams; answered by `started`, later `exited`. Only once. */
  | {
      readonly type: "run";
      readonly argv: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string;
      /** The standard streams are a terminal that becomes the agent's controlling one. */
      readonly tty: boolean;
      /** Its standard streams are pipes of the helper's, which come as `output` and go as `input`. */
      readonly carried?: boolean;
    }
  /** For an agent whose streams are carried; answered by `input-taken` when it has read it, or never will. */
  | { readonly type: "input"; readonly data: string; readonly end: boolean }
  /** So many bytes of its output were handed on. */
  | { readonly type: "output-taken"; readonly bytes: number }
  /** Run another command beside the agent; answered by `exec-output`s and one `exec-exited`. */
  | {
      readonly type: "exec";
      readonly exec: number;
      readonly argv: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string;
    }
  | {
      readonly type: "exec-input";
      readonly exec: number;
      readonly data: string;
      readonly end: boolean;
    }
  /** Signal the process group of one such command. */
  | { readonly type: "exec-signal"; readonly exec: number; readonly signal: NodeJS.Signals }
  /** Signal the agent's process group. */
  | { readonly type: "signal"; readonly signal: NodeJS.Signals }
  /**
   * Somebody called at a port of the bottle: connect to it, connect back to the ports' socket, say the key there, and carry
   * bytes both ways. The key is worthless elsewhere, and here after one use.
   */
  | {
      readonly type: "forward";
      readonly forward: number;
      readonly port: number;
      readonly key: string;
    }
  /** The caller's connection broke after so many bytes of it. */
  | { readonly type: "forward-break"; readonly forward: number; readonly after: number };

export type HelperMessage =
  /** The forwarder listens on 127.0.0.1:doorPort. */
  | { readonly type: "ready" }
  | { readonly type: "proof"; readonly results: readonly ProbeResult[]; readonly ms: number }
  | { readonly type: "started"; readonly pid: number }
  | {
      readonly type: "exited";
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
    }
  /** Of an agent whose streams are carried: `data` is base64. At most `outputRoom` bytes and a piece are under way. */
  | { readonly type: "output"; readonly stream: "stdout" | "stderr"; readonly data: string }
  | { readonly type: "input-taken"; readonly bytes: number }
  /** `data` is base64. */
  | {
      readonly type: "exec-output";
      readonly exec: number;
      readonly stream: "stdout" | "stderr";
      readonly data: string;
    }
  | {
      readonly type: "exec-exited";
      readonly exec: number;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
    }
  /** The connection inside broke after so many bytes of it; with 0 it may never have been one. */
  | { readonly type: "forward-break"; readonly forward: number; readonly after: number }
  | { readonly type: "failed"; readonly what: string };

/** One listener of ours on the host, reached by a control run. */
export interface AddressTarget {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** The network that a bottle is on, as its backend made it. */
export interface NetworkTarget {
  /** The only address that may answer. */
  readonly gateway: string;
  /** Addresses that somebody could have: the bridge's, the gateway's on its other network, the rest of the bottle's own. */
  readonly nobody: readonly string[];
  /** A name that the backend's own name server answers for without asking anybody. */
  readonly ownName: string;
  /** Link `loopback`: a firewall answers in the place of whoever might be there. */
  readonly firewall?: true;
  /** The kernel waits for nobody as long as it does by itself: it cannot be told to be quicker. */
  readonly slow?: true;
}

/** Canaries and paths the probes aim at; names are ours, worthless to an agent. */
export interface ProbeTargets {
  /** Listeners on the host that a control run reached: `loopback`, `interface`, `loopback-ipv6`, `interface-ipv6`. */
  readonly tcp: readonly AddressTarget[];
  readonly udp: readonly AddressTarget[];
  /** Listeners that record DNS queries: `loopback`, `interface`. */
  readonly dns: readonly AddressTarget[];
  /** Abstract unix sockets (they belong to a network namespace) and path sockets of the host. */
  readonly unix: readonly {
    readonly name: string;
    readonly path: string;
    readonly abstract: boolean;
  }[];
  /**
   * Host files that must not be visible inside: `home`, `record`, `control`. `identity` is device, inode and birth, so that
   * something else of the same path is told apart; null where the host could not tell.
   */
  readonly hiddenPaths: readonly {
    readonly name: string;
    readonly path: string;
    readonly identity: string | null;
  }[];
  /** A host process that must not be visible inside. */
  readonly hostPid: number;
  /** The host's namespaces, as `/proc/self/ns` links name them (namespaces(7)); none may be the bottle's. */
  readonly hostNamespaces: Readonly<Record<string, string>>;
  /** A host name the policy allows on port 443, for the fronting probes, or null. */
  readonly allowedAuthority: string | null;
  /** Name under which a leaked DNS query would be seen by the canary. */
  readonly dnsName: string;
  /** On the link `network`, else null. */
  readonly network: NetworkTarget | null;
  /** Listeners on every address of the host, and all of these; null where no probe asks for them. */
  readonly everywhere: {
    readonly addresses: readonly string[];
    readonly tcp: number;
    readonly udp: number;
  } | null;
  readonly workspace: string;
  /** Another kernel than the host's, with numbers of its own for devices and inodes: a file is known by its birth there. */
  readonly ownKernel: boolean;
  /**
   * Mount points that must be there: read-only, only held in place, or with nothing to see. `identity` is device, inode and
   * birth of what must be there.
   */
  readonly mounts: readonly {
    readonly path: string;
    readonly mode: "ro" | "rw" | "cover";
    readonly identity: string;
  }[];
}

/** What one probe observed. The verdict is made outside (src/proof/), never by the bottle alone. */
export interface ProbeResult {
  readonly name: string;
  /** errno name (`ENETUNREACH`), refusal code, or a short word for what happened. */
  readonly observed: string;
  readonly ms: number;
}
