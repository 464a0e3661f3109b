/** Manifests of the end-to-end tests. */

export const token = "sk-ant-oat01-e2e-0123456789abcdefghij";
export const apiKey = "sk-ant-api03-e2e-0123456789abcdefghij";

export interface ManifestOptions {
  /** Upstream of the anthropic credential; absent: none. */
  readonly url?: string;
  readonly provider?: "claude" | "shell";
  readonly env?: Readonly<Record<string, string>>;
  readonly allow?: readonly string[];
  readonly engine?: object;
}

/** One bottle, one agent; the secret comes from the variable E2E_TOKEN. */
export function manifestText(options: ManifestOptions): string {
  const credential = { preset: "anthropic", url: options.url, secret: "env:E2E_TOKEN" };
  // JSON is YAML.
  return JSON.stringify({
    version: 1,
    bottles: {
      e2e: {
        env: options.env ?? {},
        ...(options.engine === undefined ? {} : { engine: options.engine }),
        egress: { allow: options.allow ?? [] },
        credentials: options.url === undefined ? [] : [credential],
      },
    },
    agents: { e2e: { bottle: "e2e", provider: options.provider ?? "claude" } },
  });
}
