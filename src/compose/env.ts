/** The values of a bottle's `env`: all of it is visible to the agent, so nothing shaped like a token goes in. */
import { BottleError } from "../errors/error.ts";
import type { EnvSpec } from "../manifest/manifest.ts";
import { tokenShape } from "../manifest/token-shapes.ts";
import type { TokenShape } from "../manifest/token-shapes.ts";
import type { Plan } from "../plan/plan.ts";
import type { Host } from "./paths.ts";

/** Reads host variables and asks the questions, one after the other; `ask` is absent where nobody can answer. */
export async function resolveEnv(
  host: Host,
  specs: readonly EnvSpec[],
  ask: ((question: string) => Promise<string>) | undefined,
): Promise<Readonly<Record<string, string>>> {
  const env: Record<string, string> = {};
  for (const spec of specs) {
    const value = await resolveOne(host, spec, ask);
    const shape = tokenShape(value);
    if (shape !== undefined) throw refusedToken(spec.name, shape);
    env[spec.name] = value;
  }
  return env;
}

/** The values the owner put in himself, which may leave in no request (DESIGN promise 1). */
export function blockedEnv(
  plan: Pick<Plan, "env">,
  env: Readonly<Record<string, string>>,
): readonly { readonly name: string; readonly value: string }[] {
  return plan.env
    .filter((spec) => spec.kind !== "literal")
    .map((spec) => ({ name: `env ${spec.name}`, value: env[spec.name] ?? "" }));
}

async function resolveOne(
  host: Host,
  spec: EnvSpec,
  ask: ((question: string) => Promise<string>) | undefined,
): Promise<string> {
  if (spec.kind === "literal") return spec.value;
  if (spec.kind === "host") {
    const value = host.env[spec.variable];
    if (value !== undefined) return value;
    throw new BottleError({
      code: "E_ENV_MISSING",
      what: `The variable ${spec.variable} for env ${spec.name} is not set.`,
      next: `Set ${spec.variable}, or remove ${spec.name} from the manifest.`,
    });
  }
  if (ask !== undefined) return ask(spec.question);
  throw new BottleError({
    code: "E_ENV_MISSING",
    what: `env ${spec.name} is asked for at the start, and nobody can answer here.`,
    next: "Start it on a terminal, or use ${VARIABLE} in the manifest.",
  });
}

function refusedToken(name: string, shape: TokenShape): BottleError {
  return new BottleError({
    code: "E_MANIFEST_INLINE_SECRET",
    what: `The value of env ${name} looks like ${shape.name}; the agent could read it.`,
    why: "Everything in `env` is visible to the agent.",
    next: `Use a credential instead, so that the gateway holds it: ${shape.instead}.`,
  });
}
