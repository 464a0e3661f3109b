/** The values of a plan's credentials, from where the manifest says they are. */
import { readSecret } from "../credentials/sources/index.ts";
import type { Plan } from "../plan/plan.ts";
import { homeOf } from "./paths.ts";
import type { Host } from "./paths.ts";

/** In the order of `plan.credentials`; nothing is kept, printed or written. */
export function readSecrets(host: Host, plan: Plan): Promise<readonly string[]> {
  return Promise.all(
    plan.credentials.map((credential) =>
      readSecret(credential.secret.source, { env: host.env, home: homeOf(host) }),
    ),
  );
}
