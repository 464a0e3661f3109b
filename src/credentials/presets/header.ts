/** Any service that takes a secret in one header. */
import type { Credential } from "../../gateway/config.ts";
import type { HeaderCredential } from "../../manifest/manifest.ts";
import { filled, hostBound, otherAccounts } from "./host-bound.ts";

/** The named header is set; it and every header that could carry another account's credential are removed first. */
export function compileHeader(
  spec: HeaderCredential,
  secret: string,
  placeholder: string,
): readonly [Credential] {
  // Two hosts may take the same header: each has its own placeholder, and its own variable inside.
  const name = `${spec.header}@${spec.host}`;
  const credential: Credential = {
    name,
    ...hostBound(name, spec),
    strip: [...new Set([spec.header, ...otherAccounts])],
    set: [{ name: spec.header, value: filled(name, spec.template, secret) }],
    secret,
    placeholder,
  };
  return [credential];
}
