/** `env:NAME`: a secret from the owner's environment. */
import { BottleError } from "../../errors/error.ts";
import { checkSecret } from "./value.ts";

export function readEnvSecret(
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const value = env[variable];
  if (value !== undefined && value !== "") return checkSecret(value, `env:${variable}`);
  throw new BottleError({
    code: "E_SECRET_MISSING",
    what: `The variable ${variable} is ${value === undefined ? "not set" : "empty"}.`,
    next: `Set ${variable} to the secret, or keep the secret elsewhere with file: or command:.`,
  });
}
