/** What a plan only refers to: secrets, the proxy's password and `env`, read at the last moment and handed on. */
import { readSecret } from "../credentials/sources/index.ts";
import { BottleError } from "../errors/error.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";
import type { SecretRef } from "../manifest/manifest.ts";
import type { Plan } from "../plan/plan.ts";
import { resolveEnv } from "./env.ts";
import { homeOf } from "./paths.ts";
import type { Host } from "./paths.ts";

export type Values = Pick<LaunchOrder, "secrets" | "proxyAuth" | "env">;

export interface Asking {
  /** Absent where nobody can answer. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  readonly askSecret?: ((question: string) => Promise<string>) | undefined;
  /** Nobody is asked before this, so that no question stands open when something else has failed. */
  readonly before: Promise<unknown>;
}

/** Secrets in the order of `plan.credentials`; nothing is kept, printed or written. Questions come last, one at a time. */
export async function readValues(
  host: Host,
  plan: Pick<Plan, "credentials" | "upstreamProxy" | "env">,
  asking: Asking,
): Promise<Values> {
  const { ask, askSecret } = asking;
  const auth = plan.upstreamProxy?.auth ?? null;
  const refs = plan.credentials.map(({ secret }) => secret);
  const all = auth === null ? refs : [...refs, auth];
  const waits = ({ source }: SecretRef): boolean =>
    source.kind === "prompt" && askSecret !== undefined;
  const read = ({ source }: SecretRef): Promise<string> =>
    readSecret(source, { env: host.env, home: homeOf(host), ask: askSecret });
  const [quiet, env] = await Promise.all([
    Promise.all(all.map(async (ref) => (waits(ref) ? undefined : read(ref)))),
    resolveEnv(
      host,
      plan.env.filter(({ kind }) => ask === undefined || kind !== "ask"),
      ask,
    ),
    asking.before,
  ]);
  const secrets: string[] = [];
  for (const [index, ref] of all.entries()) secrets.push(quiet[index] ?? (await read(ref)));
  const asked = ask === undefined ? [] : plan.env.filter(({ kind }) => kind === "ask");
  return {
    proxyAuth: auth === null ? null : checkAuth(auth, secrets.pop() ?? ""),
    secrets,
    env: { ...env, ...(await resolveEnv(host, asked, ask)) },
  };
}

/** RFC 7617 section 2: the user ends at the first colon. */
function checkAuth({ text }: SecretRef, value: string): string {
  if (value.includes(":")) return value;
  throw new BottleError({
    code: "E_SECRET_VALUE",
    what: `The secret from ${text} is not user:password.`,
    why: "The value is not shown.",
    next: "Put user, a colon and the password there.",
  });
}
