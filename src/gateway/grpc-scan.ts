/** Scans a gRPC request message by message: five bytes say how long each is (gRPC over HTTP2, "Length-Prefixed-Message"). */
import { createMessageScan } from "./message-scan.ts";
import { Refusal, malformed } from "./refusal.ts";
import type { ScanStep, ScanStream, Scanner } from "./scan.ts";

const prefixLength = 5;

const nothing: Buffer = Buffer.alloc(0);

/** Throws a Refusal for messages that are compressed: what cannot be read is not passed on. */
export function createGrpcScan(scanner: Scanner): ScanStream {
  const scan = createMessageScan(scanner);
  let prefix: Buffer = nothing;
  let left = 0;
  let hit: string | undefined;
  return {
    push(chunk): ScanStep {
      const out: Buffer[] = [];
      let at = 0;
      const take = (step: ScanStep): void => {
        hit = step.hit;
        if (step.out.length > 0) out.push(step.out);
      };
      while (at < chunk.length && hit === undefined) {
        if (left === 0) {
          const part = chunk.subarray(at, at + prefixLength - prefix.length);
          prefix = Buffer.concat([prefix, part]);
          at += part.length;
          if (prefix.length < prefixLength) break;
          if (prefix[0] === 1) throw compressed();
          if (prefix[0] !== 0) throw malformed("a gRPC message has unknown flags");
          left = prefix.readUInt32BE(1);
          out.push(prefix);
          prefix = nothing;
          continue;
        }
        const part = chunk.subarray(at, at + left);
        at += part.length;
        left -= part.length;
        take(scan.push(part));
        if (left === 0 && hit === undefined) take(scan.endMessage());
      }
      return { out: hit === undefined ? Buffer.concat(out) : nothing, hit };
    },
    flush(): ScanStep {
      if (hit !== undefined) return { out: nothing, hit };
      const { out, hit: last } = scan.endMessage();
      return { out: Buffer.concat([out, prefix]), hit: last };
    },
  };
}

function compressed(): Refusal {
  return new Refusal("unreadable-body", "A body for this host must not be compressed.");
}
