/** Whether both sides of a request may wait for each other in its middle. */
import { chunked } from "./framing.ts";
import type { RequestHead } from "./request-head.ts";

/**
 * gRPC streams messages both ways on one request (gRPC over HTTP2, "Requests"): held to its end, it would never begin, so
 * it goes on message by message.
 */
export function flows({ framing, fields }: RequestHead): boolean {
  return (
    framing === chunked &&
    /^application\/grpc(?:$|[+;])/i.test(fields.first("content-type")?.trim() ?? "")
  );
}
