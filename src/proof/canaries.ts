/** All canaries of one bottle: opened in parallel with its launch, controlled before and after the probes. */
import { randomBytes } from "node:crypto";
import { chmod, readlink, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { AddressTarget, ProbeTargets } from "../helper/protocol.ts";
import { datagramCanary, streamCanary } from "./canary.ts";
import type { Canary } from "./canary.ts";
import { dnsQuery, dnsQuestion } from "./dns-message.ts";
import { hostAddresses } from "./host-addresses.ts";
import type { Interfaces } from "./host-addresses.ts";
import type { CanaryReport, CanaryState } from "./verdict.ts";

export interface CanaryOptions {
  /** A private directory of the bottle that it does not see; the neighbour's path socket is made here. */
  readonly runDir: string;
  /** Tests only: the directory that the bottle does see, for the neighbour boundary broken on purpose. */
  readonly sharedDir?: { readonly host: string; readonly inside: string };
  /** `os.networkInterfaces()`. */
  readonly interfaces: Interfaces;
  /** Link `network`: every address of the host (host-addresses.ts), each of which must be out of reach. */
  readonly local?: readonly string[];
  readonly hiddenPaths: {
    readonly home: string;
    readonly record: string;
    readonly control: string;
  };
  /** A host process that the bottle must not see. */
  readonly hostPid: number;
  readonly allowedAuthority: string | null;
  readonly workspace: string;
  /** The rung has another kernel inside. */
  readonly ownKernel?: boolean;
  /** Namespaces that the rung's bottles have in common with the host; none by default. */
  readonly sharedNamespaces?: readonly string[];
  /** What must be mounted how; nothing by default. */
  readonly mounts?: ProbeTargets["mounts"];
}

export interface Canaries extends AsyncDisposable {
  /** `network`: the bottle's. */
  targets(network?: ProbeTargets["network"]): ProbeTargets;
  /** Runs the control again, so that everything sent before has been heard, and says what was. */
  report(): Promise<CanaryReport>;
  /** Names of those that heard a stranger so far. */
  touched(): readonly string[];
}

const places = ["loopback", "interface", "loopback-ipv6", "interface-ipv6"] as const;
const dnsPlaces = ["loopback", "interface"] as const;
const namespaceNames = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"] as const;
const zone = "canary.claude-bottle.invalid";

/** Opens every canary the host has an address for and reaches each once from the host; disposing closes them all. */
export async function openCanaries(options: CanaryOptions): Promise<Canaries> {
  const word = randomBytes(16).toString("hex");
  // Known to the bottle, as the word is not.
  const name = randomBytes(8).toString("hex");
  const addresses = hostAddresses(options.interfaces);
  const shared = options.sharedDir;
  const socketName = `neighbour-${name}.sock`;
  const socketPath = join(shared?.host ?? options.runDir, socketName);
  const plain = {
    encode: (text: string): Buffer => Buffer.from(text, "latin1"),
    decode: (message: Buffer): string => message.toString("latin1"),
  };
  const dns = {
    encode: (text: string): Buffer => dnsQuery(`${text}.${zone}`),
    decode: (message: Buffer): string | undefined => dnsQuestion(message)?.split(".")[0],
  };

  const opening: Promise<Canary>[] = [
    streamCanary("unix-path", { path: socketPath }, word),
    streamCanary("unix-abstract", { path: `\0claude-bottle-${name}` }, word),
  ];
  for (const place of places) {
    const host = addresses.get(place);
    if (host === undefined) continue;
    opening.push(streamCanary(`tcp-${place}`, { host, port: 0 }, word));
    opening.push(datagramCanary(`udp-${place}`, host, word, plain));
  }
  for (const place of dnsPlaces) {
    const host = addresses.get(place);
    if (host !== undefined) opening.push(datagramCanary(`dns-${place}`, host, word, dns));
  }
  const { local } = options;
  if (local !== undefined) {
    opening.push(streamCanary("tcp-everywhere", { host: "0.0.0.0", port: 0 }, word));
    opening.push(datagramCanary("udp-everywhere", "0.0.0.0", word, plain));
  }
  // One that cannot be opened is not in the map: its probe finds it unusable, and fails.
  const settled = await Promise.allSettled(opening);
  const canaries = new Map(
    settled.flatMap((result) =>
      result.status === "fulfilled" ? [[result.value.name, result.value] as const] : [],
    ),
  );
  const control = async (): Promise<void> => {
    await Promise.all([...canaries.values()].map((canary) => canary.control()));
  };
  /** At each address: what is not reached from here proves nothing when it is not reached from there. */
  const controlEverywhere = async (): Promise<void> => {
    for (const at of local ?? [])
      for (const kind of ["tcp", "udp"]) await canaries.get(`${kind}-everywhere`)?.control(at);
  };
  if (canaries.has("unix-path")) await chmod(socketPath, 0o666);
  const [hostNamespaces, hiddenPaths] = await Promise.all([
    readNamespaces(options.sharedNamespaces ?? []),
    identify(options.hiddenPaths),
    control().then(controlEverywhere),
  ]);

  const targetsOf = (kind: string, of: readonly string[]): readonly AddressTarget[] =>
    of.flatMap((place) => {
      const canary = canaries.get(`${kind}-${place}`);
      const address = addresses.get(place);
      return canary === undefined || address === undefined
        ? []
        : [{ name: place, address, port: canary.port }];
    });

  return {
    targets: (network = null) => ({
      network,
      everywhere:
        local === undefined
          ? null
          : {
              addresses: local,
              tcp: canaries.get("tcp-everywhere")?.port ?? 9,
              udp: canaries.get("udp-everywhere")?.port ?? 9,
            },
      tcp: targetsOf("tcp", places),
      udp: targetsOf("udp", places),
      dns: targetsOf("dns", dnsPlaces),
      unix: [
        { name: "neighbour", path: `claude-bottle-${name}`, abstract: true },
        {
          name: "neighbour",
          path: shared === undefined ? socketPath : join(shared.inside, socketName),
          abstract: false,
        },
      ],
      hiddenPaths,
      hostPid: options.hostPid,
      hostNamespaces,
      allowedAuthority: options.allowedAuthority,
      dnsName: `probe.${zone}`,
      workspace: options.workspace,
      ownKernel: options.ownKernel ?? false,
      mounts: options.mounts ?? [],
    }),
    async report() {
      await control();
      const states = new Map<string, CanaryState>();
      for (const place of places) {
        if (addresses.has(place)) continue;
        for (const kind of ["tcp", "udp", "dns"]) states.set(`${kind}-${place}`, "absent");
      }
      for (const canary of canaries.values()) states.set(canary.name, canary.state);
      return { states, allowedHost: options.allowedAuthority !== null };
    },
    touched: () =>
      [...canaries.values()]
        .filter((canary) => canary.state === "touched")
        .map((canary) => canary.name),
    async [Symbol.asyncDispose]() {
      await Promise.all([...canaries.values()].map((canary) => canary[Symbol.asyncDispose]()));
      await rm(socketPath, { force: true });
    },
  };
}

async function readNamespaces(
  shared: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const own = namespaceNames.filter((name) => !shared.includes(name));
  const pairs = await Promise.all(
    own.map(async (name) => [name, await readlink(`/proc/self/ns/${name}`)] as const),
  );
  return Object.fromEntries(pairs);
}

async function identify(paths: CanaryOptions["hiddenPaths"]): Promise<ProbeTargets["hiddenPaths"]> {
  return Promise.all(
    Object.entries(paths).map(async ([name, path]) => {
      const found = await stat(path, { bigint: true }).catch(() => undefined);
      return {
        name,
        path,
        identity: found === undefined ? null : `${found.dev}:${found.ino}:${found.birthtimeNs}`,
      };
    }),
  );
}
