/**
 * Looks at messages that both sides wait for: within one, what could be the beginning of a value stays back; at its end all of it
 * goes on, or an answer to it would never come. A value that is cut over messages is seen when its last part comes, which stays here.
 */
import type { BodyScan } from "./body-scan.ts";
import { createBodyWatch } from "./body-watch.ts";
import type { Looks } from "./body-watch.ts";
import { blockedPattern, blockedValue } from "./blocked.ts";
import type { Limits } from "./limits.ts";

/** Throws a Refusal for what may not leave. */
export interface MessageScan {
  push(part: Buffer): Buffer;
  endMessage(): Buffer;
  /** Something small and whole. */
  check(data: Buffer): void;
}

/** Bytes of earlier messages that are looked at together with what follows them. */
const remembered = 1024;

const nothing: Buffer = Buffer.alloc(0);

/** Undefined where there is nothing to look for. */
export function createMessageScan(looks: Looks, limits: Limits): MessageScan | undefined {
  const watch = createBodyWatch(looks, [], limits);
  if (watch === undefined) return undefined;
  const { scanner, patterns } = looks;
  let scan: BodyScan | undefined;
  /** The end of what earlier messages held. */
  let earlier: Buffer = nothing;
  /** Of this one. */
  let present: Buffer = nothing;
  const check = (data: Buffer): void => {
    const value = scanner?.find(data);
    if (value !== undefined) throw blockedValue(value, "body");
    const pattern = patterns?.find(data);
    if (pattern !== undefined) throw blockedPattern(pattern, "body");
  };
  return {
    check,
    push(part) {
      if (part.length === 0) return part;
      scan ??= watch.open(false);
      const out = scan.push(part);
      if (earlier.length > 0 && present.length < remembered)
        check(Buffer.concat([earlier, present, part.subarray(0, remembered)]));
      present = lastOf(present, part);
      return out;
    },
    endMessage() {
      const rest = scan?.end() ?? nothing;
      scan = undefined;
      earlier = lastOf(earlier, present);
      present = nothing;
      return rest;
    },
  };
}

/** A copy: what it was cut from must not live as long. */
function lastOf(before: Buffer, part: Buffer): Buffer {
  return Buffer.from(Buffer.concat([before, part]).subarray(-remembered));
}
