/** How the credential of a package registry is written. */
import { list, unique } from "./check/collection.ts";
import { object, refine } from "./check/object.ts";
import { choice, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { baseUrlFormat } from "./formats/base-url.ts";
import { packageFormat, scopeFormat } from "./formats/package.ts";
import type { CredentialSpec, RegistryCredential } from "./manifest.ts";
import { refreshField, secretField } from "./schema-secret.ts";

interface Written extends Omit<RegistryCredential, "kind" | "url"> {
  readonly preset: "registry";
  readonly url?: string;
}

const same = (name: string): string => name;

export const registry: Type<CredentialSpec> = refine(
  object<Written>("a registry credential", {
    preset: { type: choice(["registry"]), doc: "A registry of npm packages.", required: true },
    secret: secretField,
    refresh: refreshField,
    url: {
      type: text(baseUrlFormat),
      doc: "The registry's URL; without it, that of your npm (npm config get registry).",
    },
    scopes: {
      type: unique(list(text(scopeFormat)), same),
      doc: "Scopes, as @me, whose packages npm gets there; without them it gets all there.",
      fallback: [],
    },
    publish: {
      type: unique(list(text(packageFormat)), same),
      doc: "Packages that may be published, by name; without them none.",
      fallback: [],
    },
  }),
  ({ preset, url = null, ...rest }) => ({ kind: preset, url, ...rest }),
);
