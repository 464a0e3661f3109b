/** What a probe is, and the few words all of them observe with. Everything in this folder runs inside the bottle. */
import type { BigIntStats } from "node:fs";
import type { AddressTarget, ProbeTargets } from "../../helper/protocol.ts";

/** One attack on the boundary; it resolves to what it observed and never decides whether that is good. */
export interface Probe {
  readonly name: string;
  readonly run: (targets: ProbeTargets) => Promise<string> | string;
}

/** Where the door of the gateway is. */
export const door: { readonly host: string; readonly port: number } = {
  host: "127.0.0.1",
  port: 4180,
};

/** The errno name of an error of the system, its code otherwise, else its message; short in any case. */
export function errorName(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string")
    return error.code;
  return error instanceof Error ? error.message.slice(0, 100) : "unknown error";
}

/** `act`'s answer, or the name of the error it threw. */
export function attempt(act: () => string): string {
  try {
    return act();
  } catch (error) {
    return errorName(error);
  }
}

/** True if `found` is the host's file of that identity: device, inode and birth, of which another kernel hands on the birth alone. */
export function isThat(found: BigIntStats, identity: string, ownKernel: boolean): boolean {
  const [dev, ino, birth] = identity.split(":");
  if (ownKernel) return `${found.birthtimeNs}` === birth;
  return `${found.dev}` === dev && `${found.ino}` === ino;
}

/** The canary of that name, or a documentation address (RFC 5737, RFC 3849) where the host has no such canary. */
export function addressOf(targets: readonly AddressTarget[], name: string): AddressTarget {
  const found = targets.find((target) => target.name === name);
  if (found !== undefined) return found;
  return { name, address: name.endsWith("ipv6") ? "2001:db8::1" : "192.0.2.1", port: 9 };
}

/** `act`'s answer, or `timeout` after that many milliseconds; a timeout passes no verdict. */
export function within(ms: number, act: Promise<string>): Promise<string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve("timeout"), ms);
    act
      .then(resolve, (error: unknown) => resolve(errorName(error)))
      .finally(() => clearTimeout(timer));
  });
}
