/** The registry of probes, and their run: all at once, each bounded. */
import type { ProbeResult, ProbeTargets } from "../../helper/protocol.ts";
import { descriptorProbes } from "./descriptors.ts";
import { dnsProbes } from "./dns.ts";
import { fileProbes } from "./files.ts";
import { frontingProbes } from "./fronting.ts";
import { gatewayProbes } from "./gateway.ts";
import { heldProbes } from "./held.ts";
import { kernelProbes } from "./kernel.ts";
import { linkNetworkProbes } from "./link-network.ts";
import { mountProbes } from "./mounts.ts";
import { networkProbes } from "./network.ts";
import { errorName, within } from "./probe.ts";
import type { Probe } from "./probe.ts";
import { processProbes } from "./processes.ts";
import { statusProbes } from "./status.ts";
import { syscallProbes } from "./syscalls.ts";
import { tcpProbes } from "./tcp.ts";
import { udpProbes } from "./udp.ts";
import { unixProbes } from "./unix.ts";

/** Milliseconds for one probe; a closed boundary answers in a few. */
const usualTimeout = 3000;
/** Three times, a second apart, is asked before nobody is there: by gVisor's own network, and in a user namespace (arp(7)), which cannot be told to be quicker. */
const slowTimeout = 8000;

/** Every probe; those that need a process or the network come first, so that they run while the others compute. */
export function allProbes(): readonly Probe[] {
  return [
    ...syscallProbes(),
    ...frontingProbes,
    ...gatewayProbes,
    ...dnsProbes,
    ...tcpProbes,
    ...udpProbes,
    ...linkNetworkProbes,
    ...unixProbes,
    ...fileProbes,
    ...mountProbes,
    ...heldProbes,
    ...statusProbes,
    ...kernelProbes,
    ...networkProbes,
    ...processProbes,
    ...descriptorProbes,
  ];
}

/** Runs every probe that is not `known`; none can keep another from its result. */
export async function runProbes(
  targets: ProbeTargets,
  known: readonly string[] = [],
): Promise<{ readonly results: readonly ProbeResult[]; readonly ms: number }> {
  const begun = performance.now();
  const since = (): number => Math.round((performance.now() - begun) * 10) / 10;
  const slow = targets.network?.slow ?? targets.ownKernel;
  const probeTimeout = slow && targets.network !== null ? slowTimeout : usualTimeout;
  const results = await Promise.all(
    allProbes()
      .filter(({ name }) => !known.includes(name))
      .map(async ({ name, run }): Promise<ProbeResult> => {
        const observed = await within(probeTimeout, observe(run, targets));
        return { name, observed, ms: since() };
      }),
  );
  return { results, ms: since() };
}

async function observe(run: Probe["run"], targets: ProbeTargets): Promise<string> {
  try {
    return await run(targets);
  } catch (error) {
    return errorName(error);
  }
}
