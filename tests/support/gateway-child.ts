/** A gateway in a process of its own, so that what it costs can be measured; its parent tells it what to allow. */
import { readdirSync } from "node:fs";
import { createGateway } from "../../src/gateway/gateway.ts";
import { createCertificateAuthority } from "../../src/gateway/tls/authority.ts";
import type { HostRule } from "../../src/manifest/manifest.ts";

export interface ChildOrder {
  readonly path: string;
  readonly allow: readonly HostRule[];
  readonly names: readonly string[];
  readonly extraCa: readonly string[];
}

export interface ChildReport {
  readonly caPem: string;
  /** Bytes. */
  readonly resident: number;
  readonly descriptors: number;
  readonly lines: number;
  readonly requests: number;
  readonly refusals: number;
}

async function serve(order: ChildOrder): Promise<void> {
  let lines = 0;
  const ca = createCertificateAuthority({ names: order.names, now: new Date() });
  const gateway = createGateway(
    {
      id: "test-00000",
      allow: order.allow,
      deny: [],
      credentials: [],
      blockedValues: [],
      extraCa: order.extraCa,
      upstreamProxy: null,
      breakBoundary: undefined,
    },
    {
      now: () => Date.now(),
      resolve: async () => [{ address: "127.0.0.1", family: 4 }],
      ca,
      audit: () => {
        lines += 1;
      },
      door: { host: "127.0.0.1", port: 4180 },
    },
  );
  await gateway.listen({ path: order.path });
  const report = (): void => {
    globalThis.gc?.();
    const { requests, refusals } = gateway.stats();
    const answer: ChildReport = {
      caPem: ca.caPem,
      resident: process.memoryUsage.rss(),
      descriptors: readdirSync("/proc/self/fd").length,
      lines,
      requests,
      refusals,
    };
    process.send?.(answer);
  };
  process.on("message", report);
  report();
}

process.once("message", (order: ChildOrder) => void serve(order));
// Its parent is gone: nobody measures any more.
process.on("disconnect", () => process.exit(0));
