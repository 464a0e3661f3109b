/** A registry of npm packages: reading all of them, publishing those that are named. */
import { BottleError } from "../../errors/error.ts";
import type { Credential, JudgedRequest } from "../../gateway/config.ts";
import type { RegistryCredential } from "../../manifest/manifest.ts";
import { judgeAdvisories } from "../registry/advisory-judge.ts";
import { askedFor } from "../registry/paths.ts";
import type { Asked } from "../registry/paths.ts";
import { judgePublish, registryRefusal } from "../registry/publish-judge.ts";
import { endpoint } from "./endpoint.ts";
import { otherAccounts } from "./host-bound.ts";
import type { Inside } from "./preset.ts";

/** Bytes of a package's document: its files are in it, a third longer than they are. */
const longestDocument = 32 * 1024 * 1024;

export function compileRegistry(
  spec: RegistryCredential,
  secret: string,
  placeholder: string,
): readonly [Credential] {
  const url = urlOf(spec);
  const { authority, basePath } = endpoint("registry", url);
  const asked = ({ method, path }: Pick<JudgedRequest, "method" | "path">): Asked =>
    path.startsWith(`${basePath}/`) ? askedFor(method, path.slice(basePath.length)) : undefined;
  const credential: Credential = {
    name: `registry@${new URL(url).host}`,
    authorities: [authority],
    // What the judges do not know is refused.
    rules: [{ methods: ["GET", "HEAD", "POST", "PUT"] }],
    strip: [...otherAccounts, "cookie", "npm-otp"],
    set: [{ name: "authorization", value: `Bearer ${secret}` }],
    secret,
    placeholder,
    scopedNames: true,
    judgeHead: (request) => {
      const what = asked(request);
      if (what === undefined)
        return registryRefusal(
          "credential-rule",
          "Of the registry, only packages are open, not users, teams, tokens or access.",
        );
      if (what.kind !== "package" || spec.publish.includes(what.name)) return { ok: true };
      return registryRefusal(
        "credential-rule",
        spec.publish.length === 0
          ? "Publishing is not granted (publish: [NAME])."
          : `Only ${spec.publish.join(", ")} may be published.`,
      );
    },
    judges: [
      {
        covers: (method) => method === "PUT",
        media: "json",
        limit: longestDocument,
        judge: (request, { find }) => {
          const what = asked(request);
          return what?.kind === "package"
            ? judgePublish(what.name, request.body, find)
            : registryRefusal("credential-rule", "This is no package.");
        },
      },
      {
        covers: (method) => method === "POST",
        media: "any",
        judge: ({ body, fields }) => judgeAdvisories(body, fields.first("content-encoding")),
      },
    ],
    dialect: "npm",
  };
  return [credential];
}

/** npm, pnpm and yarn find the placeholder in the home's .npmrc. */
export function registryInside(spec: RegistryCredential, placeholder: string): Inside {
  const url = `${urlOf(spec)}/`;
  const lines = [
    `${url.replace(/^https?:/, "")}:_authToken=${placeholder}`,
    ...(spec.scopes.length === 0
      ? [`registry=${url}`]
      : spec.scopes.map((scope) => `${scope}:registry=${url}`)),
  ];
  return {
    env: {},
    seeds: [{ path: ".npmrc", content: lines.map((line) => `${line}\n`).join("") }],
  };
}

function urlOf({ url }: RegistryCredential): string {
  if (url !== null) return url;
  throw new BottleError({
    code: "E_CREDENTIAL_URL",
    what: "The registry credential has no URL.",
    why: "Nobody asked npm for its registry.",
    next: "Write url: https://registry.example.com.",
  });
}
