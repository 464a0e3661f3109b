/** The keys that every credential has. */
import type { Field } from "./check/object.ts";
import { text } from "./check/scalar.ts";
import { durationFormat } from "./formats/duration.ts";
import { secretFormat } from "./formats/secret.ts";
import type { SecretRef } from "./manifest.ts";

export const secretField: Field<SecretRef> = {
  type: text(secretFormat),
  doc: "Where the secret is: env:NAME, file:PATH, command:PROGRAM, keychain:SERVICE/ACCOUNT or prompt:QUESTION.",
  required: true,
};

export const refreshField: Field<number> = {
  type: text(durationFormat),
  doc: "How often the secret is read anew while a bottle runs, such as 10m; without it, only when the service refuses it.",
};
