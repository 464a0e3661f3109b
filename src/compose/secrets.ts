/** The values of a plan's credentials, from where the manifest says they are. */
import { BottleError } from "../errors/error.ts";
import { readSecret } from "../credentials/sources/index.ts";
import type { Plan } from "../plan/plan.ts";
import { homeOf } from "./paths.ts";
import type { Host } from "./paths.ts";

/** `user:password` of the proxy that the gateway must use, if it asks for one. */
export async function readProxyAuth(host: Host, { upstreamProxy }: Plan): Promise<string | null> {
  const auth = upstreamProxy?.auth ?? null;
  if (auth === null) return null;
  const value = await readSecret(auth.source, { env: host.env, home: homeOf(host) });
  // RFC 7617 section 2: the user ends at the first colon.
  if (value.includes(":")) return value;
  throw new BottleError({
    code: "E_SECRET_VALUE",
    what: `The secret from ${auth.text} is not user:password.`,
    why: "The value is not shown.",
    next: "Put user, a colon and the password there.",
  });
}

/** In the order of `plan.credentials`; nothing is kept, printed or written. */
export function readSecrets(host: Host, plan: Plan): Promise<readonly string[]> {
  return Promise.all(
    plan.credentials.map((credential) =>
      readSecret(credential.secret.source, { env: host.env, home: homeOf(host) }),
    ),
  );
}
