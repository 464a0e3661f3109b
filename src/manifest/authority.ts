/** The authorities a credential is for, as text (`https://host:port`): to compare and to print. */
import type { CredentialSpec } from "./manifest.ts";

/** Every authority of one credential; the port always stands there. */
export function credentialAuthority(spec: CredentialSpec): readonly string[] {
  if (spec.kind === "github" && spec.url === "https://github.com")
    return [
      "https://api.github.com:443",
      ...(spec.can.includes("releases") ? ["https://uploads.github.com:443"] : []),
    ];
  // Not known before the start.
  if ("url" in spec) return spec.url === null ? [] : [authorityOf(spec.url)];
  const name = spec.host.includes(":") ? `[${spec.host}]` : spec.host;
  return spec.ports.map((port) => `${spec.scheme}://${name}:${port}`);
}

/** Of a base URL. */
function authorityOf(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${protocol}//${hostname}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`;
}
