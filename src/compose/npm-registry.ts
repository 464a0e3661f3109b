/** The registry of the owner's npm, for credentials that name none: asked before the plan is shown. */
import { execFile } from "node:child_process";
import { BottleError } from "../errors/error.ts";
import { credentialAuthority } from "../manifest/authority.ts";
import { baseUrlFormat } from "../manifest/formats/base-url.ts";
import type { CredentialSpec, RegistryCredential } from "../manifest/manifest.ts";
import type { Host } from "./paths.ts";

/** The same credentials, each with its URL. */
export async function withRegistries(
  host: Pick<Host, "env">,
  credentials: readonly CredentialSpec[],
): Promise<readonly CredentialSpec[]> {
  if (!credentials.some(isOpen)) return credentials;
  const found = await Promise.all(
    credentials.map(async (spec) =>
      isOpen(spec) ? { ...spec, url: await registryOf(host, spec) } : spec,
    ),
  );
  refuseTwins(found);
  return found;
}

function isOpen(spec: CredentialSpec): spec is RegistryCredential {
  return spec.kind === "registry" && spec.url === null;
}

/** Of its scope, where it is for one that npm has a registry for. */
async function registryOf(
  host: Pick<Host, "env">,
  { scopes }: RegistryCredential,
): Promise<string> {
  for (const key of [...scopes.map((scope) => `${scope}:registry`), "registry"]) {
    const text = await askNpm(host, key);
    if (text === undefined || text === "undefined" || text === "") continue;
    const url = baseUrlFormat.parse(text);
    if (url.ok) return url.value;
    throw unusable(`What npm calls its registry (npm config get ${key}) cannot be used.`);
  }
  throw unusable("npm does not say which registry it uses.");
}

/** Started in the root folder: npm must not take its settings from a project's files. */
function askNpm({ env }: Pick<Host, "env">, key: string): Promise<string | undefined> {
  const options = {
    env: { ...env, npm_config_update_notifier: "false" },
    cwd: "/",
    timeout: 20_000,
    maxBuffer: 64 * 1024,
  };
  return new Promise((resolve) => {
    execFile("npm", ["config", "get", key], options, (error, out) =>
      resolve(error === null ? out.trim() : undefined),
    );
  });
}

/** The manifest was checked for this before it was known. */
function refuseTwins(credentials: readonly CredentialSpec[]): void {
  const all = credentials.flatMap(credentialAuthority);
  const twin = all.find((authority, index) => all.indexOf(authority) !== index);
  if (twin !== undefined)
    throw unusable(`Two credentials are for ${twin}, the registry of your npm.`);
}

function unusable(what: string): BottleError {
  return new BottleError({
    code: "E_PLAN_REGISTRY",
    what,
    next: "Write the registry's url in the credential: url: https://registry.example.com.",
  });
}
