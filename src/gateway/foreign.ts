/**
 * Finds a credential of the agent's own: with it a host that is allowed becomes somebody else's mailbox. What a body
 * carries is not looked at.
 */
import type { Authority } from "./config.ts";
import type { Fields } from "./http/fields.ts";
import { queryOf } from "./path.ts";

/** Fields by which services know an account, beside those that `shape` covers. */
const known: ReadonlySet<string> = new Set([
  "authentication",
  "cf-access-jwt-assertion",
  "cf-access-token",
  "circle-token",
  "cookie",
  "cookie2",
  "dd-application-key",
  "fastly-key",
  "ocp-apim-subscription-key",
  "token",
  "x-acs-token",
  "x-auth-email",
  "x-authentication",
  "x-consul-token",
  "x-figma-token",
  "x-functions-key",
  "x-github-token",
  "x-gitlab-token",
  "x-hasura-admin-secret",
  "x-honeycomb-team",
  "x-jfrog-art-api",
  "x-ms-authorization-auxiliary",
  "x-nomad-token",
  "x-plex-token",
  "x-rapidapi-key",
  "x-sentry-auth",
  "x-service-token",
  "x-storage-token",
  "x-subject-token",
  "x-token",
  "x-tracker-token",
  "x-vault-token",
]);

/** How most services name such a field: `x-api-key`, `x-goog-api-key`, `private-token`, `x-amz-security-token`. */
const shape =
  /(?:^|-)(?:authorization(?:-token)?|api-?(?:key|token)|access-key|client-secret|(?:access|admin|auth|bearer|deploy|job|personal|private|security|session)-?(?:key|secret|token))$/;

/** With what these end: it is asked of every field of every request. */
const lasts: ReadonlySet<number> = new Set(Array.from("nty", (letter) => letter.charCodeAt(0)));

/** Parameters that are a credential whatever they hold (RFC 6750 section 2.3 and its like). */
const parameters: ReadonlySet<string> = new Set([
  "access_token",
  "api_key",
  "api_token",
  "apikey",
  "auth_token",
  "authorization",
  "authtoken",
  "bearer_token",
  "client_secret",
  "job_token",
  "oauth_token",
  "password",
  "personal_access_token",
  "private_token",
  "refresh_token",
  "sentry_key",
  "session_token",
  "x_api_key",
]);

/** Parameters that are one if they look like one: `key=AIza…` is, `key=name` and `token=42` are not. */
const shaped: ReadonlySet<string> = new Set(["auth", "key", "token"]);
const looksHeld = /^[\w.~+/=-]{20,}$/;

/**
 * Parameters that sign a URL for one object. Reading so is no more than reading what is public, and what package
 * downloads end in; writing so brings data into the account of whoever signed.
 */
const signing: ReadonlySet<string> = new Set([
  "awsaccesskeyid",
  "googleaccessid",
  "jwt",
  "key_pair_id",
  "ossaccesskeyid",
  "q_signature",
  "sig",
  "signature",
  "x_amz_credential",
  "x_amz_security_token",
  "x_amz_signature",
  "x_goog_credential",
  "x_goog_signature",
  "x_oss_signature",
]);
const reads: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** Whether a field of this name says for whom a request is; some servers take `_` for `-` (RFC 3875 section 4.1.18). */
export function carriesCredential(lower: string): boolean {
  const name = lower.includes("_") ? lower.replaceAll("_", "-") : lower;
  return known.has(name) || (lasts.has(name.charCodeAt(name.length - 1)) && shape.test(name));
}

/** The field that carries a credential, named for a refusal; `undefined` if there is none. */
export function foreignField(fields: Fields, { scheme }: Authority): string | undefined {
  const found = fields.lowers.find(
    (lower) =>
      // By plain http it is for the gateway, as for any proxy; it never goes on from here.
      !(lower === "proxy-authorization" && scheme === "http") && carriesCredential(lower),
  );
  return found === undefined ? foreignProtocol(fields) : `the header ${found.slice(0, 60)}`;
}

/** Pages of browsers, which can set no header of a WebSocket, put their tokens into its list of protocols. */
export function foreignProtocol({ lowers, values }: Fields): string | undefined {
  const found = lowers.some(
    (lower, index) =>
      lower === "sec-websocket-protocol" && /key|token|bearer|auth/i.test(values[index] as string),
  );
  return found ? "the header sec-websocket-protocol" : undefined;
}

/** The same for the parameters of a target; `except` is one that a credential of the gateway's owns. */
export function foreignParameter(
  method: string,
  target: string,
  except?: string,
): string | undefined {
  const query = queryOf(target);
  if (query.length < 2) return undefined;
  // Some servers end a parameter at a semicolon too (HTML 4.01 appendix B.2.2).
  for (const [written, value] of new URLSearchParams(query.slice(1).replaceAll(";", "&"))) {
    // Exactly this one is replaced; another spelling of it would stand beside.
    if (written === except) continue;
    const name = spelling(written);
    const held = parameters.has(name) || (shaped.has(name) && looksHeld.test(value));
    if (held || (!reads.has(method) && signing.has(name))) return `the parameter ${name}`;
  }
  return undefined;
}

function spelling(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}
