/** The policy of the bench's gateway: of the size that a busy bottle has, with every stage at work. */
import type { Authority, Credential, GatewayConfig } from "../../src/gateway/config.ts";
import type { HostRule } from "../../src/manifest/manifest.ts";
import { placeholder } from "./way.ts";

export interface ServeOrder {
  /** Private: the audit log and its key go there. */
  readonly folder: string;
  readonly port: number;
  readonly tlsPort: number;
  /** What the origin's certificates are verified with. */
  readonly originCa: string;
  /** Asked for verdicts. */
  readonly engine?: { readonly program: string; readonly keeper: string } | undefined;
}

export const bottleId = "bench-00000";
/** Rules beside those that the bench's requests need. */
const otherRules = 100;

export function serveConfig(order: ServeOrder): GatewayConfig {
  const plain: Authority = { scheme: "http", host: "127.0.0.1", port: order.port };
  const local: Authority = { scheme: "https", host: "localhost", port: order.tlsPort };
  const bench: Credential = {
    name: "bench",
    authorities: [plain, local],
    rules: [
      { methods: ["GET"], paths: ["/small", "/events", "/down/*"] },
      { methods: ["POST"], paths: ["/up", "/items/**"] },
    ],
    strip: ["x-api-key", "authorization"],
    set: [{ name: "X-Api-Key", value: "bench-secret-5f0c1b7e9a2d4836" }],
    secret: "bench-secret-5f0c1b7e9a2d4836",
    placeholder,
    dialect: "plain",
    route: { prefix: "/bench", authority: plain, basePath: "" },
  };
  const other = (index: number): Credential => ({
    name: `other${index}`,
    authorities: [{ scheme: "https", host: `api${index}.example.org`, port: 443 }],
    rules: [{}],
    strip: ["authorization"],
    set: [{ name: "Authorization", value: `Bearer other-secret-${index}-77d1e0b34c` }],
    secret: `other-secret-${index}-77d1e0b34c`,
    placeholder: `other-placeholder-${index}-0123456789`,
    dialect: "plain",
  });
  return {
    id: bottleId,
    allow: [
      ...manyRules(otherRules),
      { host: "*.bench.test", ports: [order.tlsPort], scheme: "https", methods: ["GET"] },
    ],
    deny: [{ host: "gist.example.net", ports: [], scheme: "https" }],
    credentials: [bench, other(1), other(2)],
    blockedValues: [
      { name: "DATABASE_PASSWORD", value: "correct horse battery staple" },
      { name: "DEPLOY_KEY", value: "deploy-0123456789abcdef0123456789" },
    ],
    extraCa: [order.originCa],
    upstreamProxy: null,
    // New names of the bench lead to loopback, which no name but localhost may: checked all the same, and let through.
    breakBoundary: "gateway-address",
  };
}

/** Rules as manifests have them: whole hosts, wildcards, some with methods and paths. */
export function manyRules(count: number): readonly HostRule[] {
  return Array.from({ length: count }, (_none, index): HostRule => {
    const host = index % 5 === 4 ? `*.zone${index}.example.net` : `host${index}.example.net`;
    const rule = { host, ports: [443], scheme: "https" } as const;
    return index % 3 === 0
      ? { ...rule, methods: ["GET", "HEAD"], paths: ["/public/**", "/v1/*/items"] }
      : rule;
  });
}
