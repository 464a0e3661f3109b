/** The container in which the far program runs: of the gateway's image, in the network of the place's machine, and with no other right. */
import { containerName } from "../../backends/docker/container.ts";
import type { Engine } from "../../backends/docker/engine/engine.ts";
import { isStatus } from "../../backends/docker/engine/failure.ts";
import { nobody } from "../../backends/docker/gateway/hosting.ts";
import { idLabel, ownerLabel, ownerMark, writeOwner } from "../../backends/docker/labels.ts";
import { seccompProfile } from "../../backends/docker/seccomp/profile.ts";
import { createContainer } from "../../backends/docker/create.ts";
import { BottleError } from "../../errors/error.ts";
import { farProgram } from "./program.ts";

const memory = 256 * 1024 ** 2;
const processes = 32;

export interface FarOptions {
  readonly engine: Engine;
  /** Of the gateway, which has a Node. */
  readonly image: string;
  readonly id: string;
  /** See `bridgeAddress`. */
  readonly bridge: string;
  readonly uid: number;
}

/** Made, not started. By its labels a sweep finds it; it goes with the demo's connection all the same. */
export function createFar({ engine, image, id, bridge, uid }: FarOptions): Promise<string> {
  const config = {
    Image: image,
    User: `${nobody.uid}:${nobody.gid}`,
    Entrypoint: ["/usr/bin/node", "-e", farProgram, bridge],
    Cmd: [],
    Env: ["HOME", "HOSTNAME", "TERM", "PATH"],
    WorkingDir: "/",
    Tty: false,
    OpenStdin: true,
    // The daemon closes it when the demo is gone, however it went; the program leaves then, and nothing of it stays.
    StdinOnce: true,
    Healthcheck: { Test: ["NONE"] },
    Labels: { [idLabel]: id, [ownerLabel]: writeOwner(ownerMark(uid, process.pid)) },
    HostConfig: {
      Runtime: "runc",
      NetworkMode: "host",
      IpcMode: "private",
      CgroupnsMode: "private",
      CapDrop: ["ALL"],
      Privileged: false,
      SecurityOpt: ["no-new-privileges", `seccomp=${seccompProfile()}`],
      ReadonlyRootfs: true,
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
      AutoRemove: true,
      Memory: memory,
      MemorySwap: memory,
      PidsLimit: processes,
    },
  };
  return createContainer(engine, containerName(id), config, uid);
}

/** That machine's own address on Docker's default bridge: every container there reaches it, and nobody beyond the machine. */
export async function bridgeAddress(engine: Engine, place: string): Promise<string> {
  const found = await engine.call("GET", "/networks/bridge").catch((error: unknown) => {
    if (isStatus(error, 404)) return {};
    throw error;
  });
  const { IPAM } = found as { readonly IPAM?: { readonly Config?: readonly Config[] | null } };
  for (const { Gateway, Subnet } of IPAM?.Config ?? [])
    for (const address of [Gateway, firstOf(Subnet)])
      if (address !== undefined && /^(?:\d{1,3}\.){3}\d{1,3}$/.test(address)) return address;
  throw new BottleError({
    code: "E_DEMO_PLACE",
    what: `The demo's model, on this machine, cannot be reached from ${place}.`,
    why: "The way to it leads over Docker's default bridge, and there is none.",
    next: 'Take `"bridge": "none"` out of that daemon\'s /etc/docker/daemon.json, or start a bottle of your own there.',
  });
}

interface Config {
  readonly Gateway?: string;
  readonly Subnet?: string;
}

/** What the daemon takes for itself where nobody says. */
function firstOf(subnet: string | undefined): string | undefined {
  const [, head, last] = /^((?:\d{1,3}\.){3})(\d{1,3})\/\d+$/.exec(subnet ?? "") ?? [];
  return head === undefined ? undefined : `${head}${Number(last) + 1}`;
}
