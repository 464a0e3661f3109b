/** Looks at a gRPC request message by message: five bytes say how long each is (gRPC over HTTP2, "Length-Prefixed-Message"). */
import type { BodyScan } from "./body-scan.ts";
import type { MessageScan } from "./message-scan.ts";
import { Refusal, malformed } from "./refusal.ts";

const prefixLength = 5;

const nothing: Buffer = Buffer.alloc(0);

/** Throws a Refusal for messages that are compressed as well: what cannot be read is not passed on. */
export function createGrpcScan(scan: MessageScan): BodyScan {
  let prefix: Buffer = nothing;
  let left = 0;
  const self: BodyScan = {
    push(chunk) {
      const out: Buffer[] = [];
      let at = 0;
      while (at < chunk.length) {
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
        out.push(scan.push(part));
        if (left === 0) out.push(scan.endMessage());
      }
      return Buffer.concat(out);
    },
    end(last = nothing) {
      const out = self.push(last);
      return Buffer.concat([out, scan.endMessage(), prefix]);
    },
  };
  return self;
}

function compressed(): Refusal {
  return new Refusal("unreadable-body", "A body for this host must not be compressed.");
}
