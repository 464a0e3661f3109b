/** What every credential has in common: where its secret is, and its preset by which it is read. */
import type { Field } from "./check/object.ts";
import { choice, text } from "./check/scalar.ts";
import type { JsonSchema, Type } from "./check/type.ts";
import { wrongType } from "./check/type.ts";
import { secretFormat } from "./formats/secret.ts";
import type { CredentialSpec, SecretRef } from "./manifest.ts";
import { lookUp } from "./tree.ts";

export const secretField: Field<SecretRef> & { readonly required: true } = {
  type: text(secretFormat),
  doc: "Where the secret is: env:NAME, file:PATH, command:PROGRAM, keychain:SERVICE/ACCOUNT or prompt:QUESTION.",
  required: true,
};

/** Presets that DESIGN names and that come later. */
const laterPresets = ["github", "gitlab", "registry", "generic", "openai", "gemini"] as const;

/** Read by what its `preset` says; without one, as `other`. */
export function byPreset(
  presets: Readonly<Record<string, Type<CredentialSpec>>>,
  other: Type<CredentialSpec>,
): Type<CredentialSpec> {
  const name = "a credential";
  const words = choice(Object.keys(presets), laterPresets);
  return {
    name,
    get json(): JsonSchema {
      // In the order in which docs show them.
      const [first = other, ...rest] = Object.values(presets);
      return { anyOf: [first, other, ...rest].map((type) => type.json) };
    },
    read(tree, report) {
      if (tree.kind !== "map") return wrongType(name, tree, report);
      const written = lookUp(tree, "preset");
      if (written === undefined) return other.read(tree, report);
      const preset = words.read(written, report);
      return preset === undefined ? undefined : presets[preset]?.read(tree, report);
    },
  };
}
