/** The key that every credential has. */
import type { Field } from "./check/object.ts";
import { text } from "./check/scalar.ts";
import { secretFormat } from "./formats/secret.ts";
import type { SecretRef } from "./manifest.ts";

export const secretField: Field<SecretRef> = {
  type: text(secretFormat),
  doc: "Where the secret is: env:NAME, file:PATH, command:PROGRAM, keychain:SERVICE/ACCOUNT or prompt:QUESTION.",
  required: true,
};
