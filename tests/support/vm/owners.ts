/** Several owners of one machine, each with a home and an address on the wire: one is cut off while the others go on. */
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { makeHome } from "./home.ts";
import type { OwnerHome, OwnerWay } from "./home.ts";
import type { Wire } from "./wire.ts";

export interface Owner extends OwnerHome {
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** Resolves when every connection of this owner's that stood at the cut is over, and one more was tried; or `instead`, if that comes first. */
  noticed<T>(instead?: Promise<T>): Promise<void>;
}

/** Of the wire's network; none of them is anybody's there. */
const network = "10.77.0";
const firstOwner = 129;

/** The other end of the wire: all owners' addresses are its own, with or without a wire (ip-route(8), "local"). */
export const laptopScript: string = `ip link set lo up && ip route add local ${network}.128/25 dev lo && exec sleep infinity`;

export function ownersOf(
  dir: string,
  way: Omit<OwnerWay, "address">,
  wire: () => Wire,
): (own?: Pick<OwnerWay, "hasty">) => Owner {
  let count = 0;
  return (own) => {
    count += 1;
    const address = `${network}.${firstOwner + count}`;
    const made = makeHome(dir, `o${count}`, { ...way, ...own, address });
    let stood: readonly number[] = [];
    return {
      ...made,
      async cut() {
        stood = connections(made.home);
        if (stood.length === 0) throw new Error("there is no connection to cut");
        await wire().set(`cut ${address}`);
      },
      restore: () => wire().set(`restore ${address}`),
      async noticed(instead) {
        let over = false;
        const end = (): void => void (over = true);
        instead?.then(end, end);
        for (const begun = Date.now(); !over; await sleep(50)) {
          const now = connections(made.home);
          if (now.length > 0 && !now.some((pid) => stood.includes(pid))) return;
          if (Date.now() - begun > 90_000) throw new Error("the cut is not noticed");
        }
      },
    };
  };
}

/** The programs called ssh that have a file in that home as their control socket, and stay. */
function connections(home: string): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
        return (
          argv.includes("ControlMaster=yes") && argv.some((word) => word.startsWith(`${home}/`))
        );
      } catch {
        return false;
      }
    });
}
