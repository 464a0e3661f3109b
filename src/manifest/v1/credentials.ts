/** From the old routes to credentials. */
import { credentialAuthority } from "../authority.ts";
import type { CredentialSpec, HeaderCredential, SecretRef } from "../manifest.ts";
import type { Route } from "./routes.ts";

/** `route`: the number of the first that it was made from. */
export interface OldCredential {
  readonly spec: CredentialSpec;
  readonly route: number;
}

export function credentialsOf(routes: readonly Route[]): readonly OldCredential[] {
  const made: OldCredential[] = [];
  for (const [index, route] of routes.entries()) {
    const spec = specOf(route, routes);
    const same = made.findIndex((other) => isSame(other.spec, spec));
    const found = made[same];
    if (found === undefined) made.push({ spec, route: index });
    else made[same] = { ...found, spec: joined(found.spec, spec) };
  }
  return made;
}

/** Git's and tea's routes named no repositories, and the credentials of today are for named ones: they stay headers. */
function specOf(route: Route, all: readonly Route[]): CredentialSpec {
  if (route.role.includes("anthropic-base-url")) return anthropicOf(route);
  return isRegistry(route, all) ? registryOf(route) : headerOf(route);
}

/** Npm's own form of a token, and the host's alone: what else was for this host had no bounds. */
function isRegistry({ role, auth_scheme, upstream, path }: Route, all: readonly Route[]): boolean {
  const { origin } = new URL(upstream);
  return (
    role.join() === "npm-registry" &&
    auth_scheme.toLowerCase() === "bearer" &&
    !all.some((other) => other.path !== path && new URL(other.upstream).origin === origin)
  );
}

function registryOf(route: Route): CredentialSpec {
  return {
    kind: "registry",
    secret: secretOf(route),
    url: route.upstream,
    scopes: [],
    publish: [],
  };
}

function secretOf({ token_ref }: Route): SecretRef {
  return { text: `env:${token_ref}`, source: { kind: "env", variable: token_ref } };
}

function anthropicOf(route: Route): CredentialSpec {
  return { kind: "anthropic", secret: secretOf(route), url: route.upstream, serverTools: [] };
}

function headerOf(route: Route): HeaderCredential {
  const url = new URL(route.upstream);
  const scheme = url.protocol === "https:" ? "https" : "http";
  const prefix = url.pathname === "/" ? "" : url.pathname;
  return {
    kind: "header",
    secret: secretOf(route),
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    ports: [url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port)],
    scheme,
    header: "authorization",
    template: `${route.auth_scheme} {secret}`,
    ...(prefix !== "" && { paths: [prefix, `${prefix}/**`] }),
  };
}

/** One token for one host by two routes, as git and tea had: one credential. */
function isSame(one: CredentialSpec, other: CredentialSpec): boolean {
  return (
    one.kind === "header" &&
    other.kind === "header" &&
    one.template === other.template &&
    one.secret.text === other.secret.text &&
    credentialAuthority(one)[0] === credentialAuthority(other)[0]
  );
}

/** What either was for. */
function joined(one: CredentialSpec, other: CredentialSpec): CredentialSpec {
  if (one.kind !== "header" || other.kind !== "header") return one;
  const { paths, ...rest } = one;
  return paths === undefined || other.paths === undefined
    ? rest
    : { ...rest, paths: [...new Set([...paths, ...other.paths])] };
}
