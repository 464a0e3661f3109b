/** Pipelock's published keys, as far as they are used here, and its refusal of all others. */

export interface Settings {
  readonly mode: string;
  readonly api_allowlist: readonly string[];
  readonly metrics_listen?: string;
  readonly sentry: { readonly enabled: boolean };
  readonly forward_proxy: { readonly enabled: boolean };
  readonly fetch_proxy: {
    readonly listen: string;
    readonly monitoring: { readonly max_url_length: number; readonly entropy_threshold: number };
  };
  readonly scan_api?: {
    readonly listen: string;
    readonly auth: { readonly bearer_tokens: readonly string[] };
    readonly max_body_bytes: number;
    readonly field_limits: { readonly url: number; readonly text: number };
    readonly kinds: Readonly<Record<string, boolean>>;
  };
}

const on = ["enabled"];
/** By section; what is not listed is an error there, as it is here. */
const known: Readonly<Record<string, readonly string[]>> = {
  "": [
    ...["version", "mode", "enforce", "explain_blocks", "api_allowlist", "internal", "ssrf"],
    ...["trusted_domains", "fetch_proxy", "forward_proxy", "websocket_proxy", "tls_interception"],
    ...["request_body_scanning", "response_scanning", "dlp", "seed_phrase_detection"],
    ...["session_profiling", "adaptive_enforcement", "cross_request_detection", "kill_switch"],
    ...["metrics_listen", "logging", "sentry", "scan_api"],
  ],
  ssrf: ["ip_allowlist"],
  fetch_proxy: ["listen", "timeout_seconds", "max_response_mb", "user_agent", "monitoring"],
  "fetch_proxy.monitoring": [
    ...["max_url_length", "entropy_threshold", "subdomain_entropy_threshold", "blocklist"],
    ...["max_requests_per_minute", "max_data_per_minute", "subdomain_entropy_exclusions"],
  ],
  forward_proxy: [...on, "max_tunnel_seconds", "idle_timeout_seconds", "sni_verification"],
  websocket_proxy: on,
  tls_interception: [...on, "ca_cert", "ca_key", "passthrough_domains", "max_response_bytes"],
  request_body_scanning: [
    ...[...on, "action", "max_body_bytes", "scan_headers", "header_mode"],
    ...["sensitive_headers", "ignore_headers"],
  ],
  response_scanning: [...on, "action", "include_defaults", "patterns", "exempt_domains"],
  dlp: ["scan_env", "secrets_file", "min_env_secret_length", "include_defaults", "patterns"],
  seed_phrase_detection: [...on, "min_words", "verify_checksum"],
  session_profiling: on,
  adaptive_enforcement: on,
  cross_request_detection: on,
  kill_switch: on,
  logging: ["format", "output", "file", "include_allowed", "include_blocked"],
  sentry: [...on, "dsn", "environment", "sample_rate", "debug"],
  scan_api: [
    ...["listen", "auth", "rate_limit", "max_body_bytes", "field_limits", "timeouts"],
    ...["connection_limit", "kinds"],
  ],
  "scan_api.auth": ["bearer_tokens"],
  "scan_api.rate_limit": ["requests_per_minute", "burst"],
  "scan_api.field_limits": ["url", "text", "content", "arguments"],
  "scan_api.timeouts": ["read", "write", "scan"],
  "scan_api.kinds": ["url", "dlp", "prompt_injection", "tool_call"],
};

/** Throws for a key that is not known, and for what pipelock does not start with. */
export function readSettings(text: string): Settings {
  const settings = JSON.parse(text) as Settings;
  walk(settings, "");
  if (settings.mode === "strict" && settings.api_allowlist.length === 0)
    throw new Error("strict mode requires api_allowlist");
  if (!(settings.fetch_proxy.monitoring.entropy_threshold > 0))
    throw new Error("entropy_threshold must be positive");
  if (settings.sentry.enabled) throw new Error("this stand-in reports to nobody");
  if (settings.scan_api?.auth.bearer_tokens.length === 0)
    throw new Error("scan_api.auth.bearer_tokens is required");
  return settings;
}

function walk(value: unknown, section: string): void {
  const keys = known[section];
  if (keys === undefined || typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (!keys.includes(key)) throw new Error(`field ${key} not found in ${section || "config"}`);
    walk(inner, section === "" ? key : `${section}.${key}`);
  }
}

/** `*.x.y` matches x.y as well. */
export function listed(host: string, list: readonly string[]): boolean {
  const plain = host
    .toLowerCase()
    .replace(/\.$/, "")
    .replaceAll(/^\[|\]$/g, "");
  return list.some((one) =>
    one.startsWith("*.") ? plain === one.slice(2) || plain.endsWith(one.slice(1)) : plain === one,
  );
}
