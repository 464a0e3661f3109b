import { randomInt } from "node:crypto";

/** Of loopback, and nobody else's: a gateway's ports are the same everywhere. */
export function ownAddress(): string {
  return `127.${randomInt(1, 255)}.${randomInt(0, 255)}.${randomInt(2, 255)}`;
}
