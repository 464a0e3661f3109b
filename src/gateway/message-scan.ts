/**
 * Scans messages that both sides wait for: within one, what could be the beginning of a value stays back; at its end all of it goes
 * on, or an answer to it would never come. A value that is cut over messages is seen when its last part comes, which then stays here.
 */
import type { ScanStep, ScanStream, Scanner } from "./scan.ts";

export interface MessageScan {
  push(part: Buffer): ScanStep;
  endMessage(): ScanStep;
}

/** Bytes of earlier messages that are looked at together with what follows them. */
const remembered = 1024;

const nothing: Buffer = Buffer.alloc(0);

export function createMessageScan(scanner: Scanner): MessageScan {
  let stream: ScanStream = scanner.stream();
  /** The end of what earlier messages held. */
  let earlier: Buffer = nothing;
  /** Of this one. */
  let present: Buffer = nothing;
  return {
    push(part) {
      if (part.length === 0) return { out: nothing, hit: undefined };
      const step = stream.push(part);
      if (step.hit !== undefined) return step;
      if (earlier.length > 0 && present.length < remembered) {
        const hit = scanner.find(Buffer.concat([earlier, present, part.subarray(0, remembered)]));
        if (hit !== undefined) return { out: nothing, hit };
      }
      present = lastOf(present, part);
      return step;
    },
    endMessage() {
      const step = stream.flush();
      stream = scanner.stream();
      earlier = lastOf(earlier, present);
      present = nothing;
      return step;
    },
  };
}

/** A copy: what it was cut from must not live as long. */
function lastOf(before: Buffer, part: Buffer): Buffer {
  return Buffer.from(Buffer.concat([before, part]).subarray(-remembered));
}
