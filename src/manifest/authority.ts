/** The authorities a credential is for, as text (`https://host:port`): to compare and to print. */
import type { CredentialSpec } from "./manifest.ts";

/** Every authority of one credential; the port always stands there. */
export function credentialAuthority(spec: CredentialSpec): readonly string[] {
  if (spec.kind !== "header") {
    const { protocol, hostname, port } = new URL(spec.url);
    return [`${protocol}//${hostname}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`];
  }
  const name = spec.host.includes(":") ? `[${spec.host}]` : spec.host;
  return spec.ports.map((port) => `${spec.scheme}://${name}:${port}`);
}
