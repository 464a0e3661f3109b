/** Any service that takes a secret in a query parameter. */
import type { Credential } from "../../gateway/config.ts";
import type { QueryCredential } from "../../manifest/manifest.ts";
import { hostBound, otherAccounts } from "./host-bound.ts";

/** The agent presents the placeholder in the parameter itself, or where others present a token. */
export function compileQuery(
  spec: QueryCredential,
  secret: string,
  placeholder: string,
): readonly [Credential] {
  const name = `${spec.parameter}@${spec.host}`;
  const credential: Credential = {
    name,
    ...hostBound(name, spec),
    strip: otherAccounts,
    set: [],
    query: { name: spec.parameter, value: secret },
    secret,
    placeholder,
  };
  return [credential];
}
