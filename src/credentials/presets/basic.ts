/** Any service that takes user and password (RFC 7617). */
import { BottleError } from "../../errors/error.ts";
import type { Credential } from "../../gateway/config.ts";
import type { BasicCredential } from "../../manifest/manifest.ts";
import { filled, hostBound, otherAccounts } from "./host-bound.ts";

/** The agent may present the placeholder as user, as password, or alone after any scheme. */
export function compileBasic(
  spec: BasicCredential,
  secret: string,
  placeholder: string,
): readonly [Credential] {
  const name = `basic@${spec.host}`;
  const pair = filled(name, spec.template, secret);
  // Section 2: the user ends at the first colon.
  if (!pair.includes(":") || (spec.template === "{secret}:" && secret.includes(":")))
    throw new BottleError({
      code: "E_CREDENTIAL_SECRET",
      what: "The secret cannot serve its credential; it is not shown.",
      why: pair.includes(":") ? "A user has no colon." : "It is not user:password.",
      next: 'Look at what the secret refers to, or write basic: "user:{secret}".',
    });
  const credential: Credential = {
    name,
    ...hostBound(name, spec),
    strip: otherAccounts,
    set: [{ name: "authorization", value: `Basic ${Buffer.from(pair).toString("base64")}` }],
    secret,
    placeholder,
  };
  return [credential];
}
