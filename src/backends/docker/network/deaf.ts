/**
 * A host without an address on a bridge hears it all the same: broadcasts, and what is sent to an address of its own without a
 * route (any process may, by SO_BINDTODEVICE and SO_DONTROUTE, socket(7)): the host tells its hardware address, and a datagram
 * arrives. Not where it looks for a way back (rp_filter, ip-sysctl): to a network on which it has no address there is none.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BottleError } from "../../../errors/error.ts";
import type { Engine } from "../engine/engine.ts";
import { readInfo, usersOf } from "../info.ts";
import { runOnce } from "../once.ts";

const settings = "/proc/sys/net/ipv4/conf";

export interface DeafOptions {
  readonly bridge: string;
  /** Of the gateway, which has a Node: where the daemon's settings are not ours to write, it runs once. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Tests only: where the settings are. */
  readonly settings?: string;
}

/** Makes the daemon's machine deaf to that bridge; nothing else of it is changed, and the bridge takes the setting with it. */
export async function deafen(engine: Engine, options: DeafOptions): Promise<void> {
  const { bridge } = options;
  const dir = options.settings ?? settings;
  const own = join(dir, bridge, "rp_filter");
  const known = readSetting(own);
  // The greater of both counts; 2 is enough.
  if (known !== undefined && Math.max(known, readSetting(join(dir, "all/rp_filter")) ?? 0) > 0)
    return;
  if (known !== undefined && writeSetting(own)) return;
  await deafenInside(engine, options);
}

function readSetting(path: string): number | undefined {
  try {
    return Number(readFileSync(path, "latin1"));
  } catch {
    return undefined;
  }
}

function writeSetting(path: string): boolean {
  try {
    writeFileSync(path, "1");
    return true;
  } catch {
    return false;
  }
}

const script = `require("node:fs").writeFileSync("${settings}/" + process.argv[1] + "/rp_filter", "1")`;

/**
 * By a container in the network of the daemon's machine: nobody else can be asked to. It sees nothing and has no capability, but where
 * the daemon is rootless: to the kernel (net/sysctl_net.c) root of its user namespace is nobody without, and the network is its own.
 */
async function deafenInside(engine: Engine, { bridge, image, labels }: DeafOptions): Promise<void> {
  const rootless = usersOf(await readInfo(engine)) === "rootless";
  const deaf = await runOnce(engine, {
    image,
    labels,
    argv: ["/usr/bin/node", "-e", script, bridge],
    host: {
      NetworkMode: "host",
      // A daemon that gives its containers a user namespace has them in its own network only without it; to others this says nothing.
      UsernsMode: "host",
      CapAdd: rootless ? ["NET_ADMIN"] : [],
      ReadonlyPaths: [],
    },
  });
  if (deaf) return;
  throw new BottleError({
    code: "E_RUNG_LAUNCH",
    what: "The bottle could not be made.",
    why: "The Docker daemon's machine would hear the bottle's network, and could not be told not to.",
    next: "Set net.ipv4.conf.default.rp_filter to 1 on that machine, or use the link socket.",
  });
}
