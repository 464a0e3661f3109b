/**
 * Pipelock's configuration, made from what a bottle may reach. Every key is written out, whatever its default: another version
 * may have another, and one that does not know a key refuses to start. JSON is YAML.
 */
import type { EngineSpec } from "../../manifest/manifest.ts";

export interface SettingsInput {
  readonly engine: Pick<EngineSpec, "as" | "entropy">;
  /** What the rules and the credentials name. */
  readonly hosts: readonly string[];
}

/** Bytes that it takes at once. */
export const askLimits: { readonly url: number; readonly text: number } = {
  url: 8192,
  text: 512 * 1024,
};

/** Its special-use ranges, and those that its own list leaves out. */
const internal: readonly string[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::1/128",
  "::/96",
  "64:ff9b::/96",
  "100::/64",
  "2001:db8::/32",
  "2002::/16",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
];

/** Paths there are digests of what is downloaded. */
const plainHosts: readonly string[] = [
  "files.pythonhosted.org",
  "pypi.org",
  "objects.githubusercontent.com",
];

/** All but ports and token: withPorts. */
export function pipelockSettings({ engine, hosts }: SettingsInput): Record<string, unknown> {
  const verdict = engine.as === "verdict";
  const named = [...new Set(hosts)].toSorted();
  const addresses = named.filter(isAddress);
  return {
    version: 1,
    mode: "strict",
    enforce: true,
    explain_blocks: false,
    // Strict mode must name something; this exists nowhere (RFC 6761 section 6.4).
    api_allowlist: named.length === 0 ? ["nothing.invalid"] : named,
    // For verdicts no name is looked up: where it leads is checked here, when it is dialled.
    internal: verdict ? [] : internal,
    trusted_domains: [],
    ssrf: {
      ip_allowlist: addresses.map((address) => `${address}/${address.includes(":") ? 128 : 32}`),
    },
    fetch_proxy: {
      timeout_seconds: 30,
      max_response_mb: 10,
      monitoring: {
        max_url_length: askLimits.url,
        entropy_threshold: engine.entropy,
        subdomain_entropy_threshold: Math.max(4, engine.entropy - 0.5),
        // For each domain; `npm ci` asks one for hundreds in a second.
        max_requests_per_minute: 1_000_000,
        max_data_per_minute: 0,
        blocklist: [],
        subdomain_entropy_exclusions: plainHosts.filter((host) => named.includes(host)),
      },
    },
    forward_proxy: {
      enabled: !verdict,
      // A clone, or a model that thinks, takes longer than its five minutes.
      max_tunnel_seconds: 86_400,
      idle_timeout_seconds: 3600,
      sni_verification: true,
    },
    websocket_proxy: { enabled: false },
    tls_interception: { enabled: false },
    // It would take a credential that the gateway put in for a leak, and its patterns are excused for no host.
    request_body_scanning: { enabled: false, scan_headers: false },
    response_scanning: { enabled: false },
    dlp: { include_defaults: true, scan_env: false },
    seed_phrase_detection: { enabled: true, min_words: 12, verify_checksum: true },
    session_profiling: { enabled: false },
    adaptive_enforcement: { enabled: false },
    cross_request_detection: { enabled: false },
    kill_switch: { enabled: false },
    logging: { format: "json", output: "stdout", include_allowed: false, include_blocked: true },
    // Reports of crashes go to its maintainer unless this is said.
    sentry: { enabled: false },
  };
}

export interface Ports {
  readonly proxy: number;
  readonly metrics: number;
  readonly scan: number;
}

/** Complete, as the engine reads them; `token` undefined: nobody is to ask it for verdicts. */
export function withPorts(
  settings: Readonly<Record<string, unknown>>,
  ports: Ports,
  token: string | undefined,
): Record<string, unknown> {
  const { fetch_proxy: proxy, ...rest } = settings;
  return {
    ...rest,
    fetch_proxy: { ...(proxy as object), listen: at(ports.proxy) },
    // Else they are on the port that the bottle's requests come to.
    metrics_listen: at(ports.metrics),
    ...(token !== undefined && {
      scan_api: {
        listen: at(ports.scan),
        auth: { bearer_tokens: [token] },
        rate_limit: { requests_per_minute: 600_000, burst: 10_000 },
        max_body_bytes: 4 * 1024 * 1024,
        field_limits: { url: askLimits.url, text: askLimits.text },
        timeouts: { read: "10s", write: "15s", scan: "5s" },
        connection_limit: 64,
        kinds: { url: true, dlp: true, prompt_injection: false, tool_call: false },
      },
    }),
  };
}

function at(port: number): string {
  return `127.0.0.1:${port}`;
}

function isAddress(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) || host.includes(":");
}
