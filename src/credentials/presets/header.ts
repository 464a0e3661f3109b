/** Any service that takes a secret in one header. */
import { BottleError } from "../../errors/error.ts";
import type { Credential, RequestRule } from "../../gateway/config.ts";
import type { HeaderCredential } from "../../manifest/manifest.ts";

const mark = "{secret}";

/**
 * The named header is set. It and every header that could carry another account's credential are removed first, so
 * that what was allowed for the owner's account does not happen in someone else's.
 */
export function compileHeader(
  spec: HeaderCredential,
  secret: string,
  placeholder: string,
): readonly [Credential] {
  if (spec.host.includes("*") || spec.template.split(mark).length !== 2)
    throw new BottleError({
      code: "E_CREDENTIAL_TEMPLATE",
      what: `The header credential ${spec.header} cannot be used.`,
      why: "It must name one host, and its header line must hold {secret} exactly once.",
      next: 'Write it as {host: api.example.com, header: "X-Api-Key: {secret}", secret: "env:NAME"}.',
    });
  const credential: Credential = {
    // Two hosts may take the same header: each has its own placeholder, and its own variable inside.
    name: `${spec.header}@${spec.host}`,
    authorities: spec.ports.map((port) => ({ scheme: spec.scheme, host: spec.host, port })),
    rules: [rule(spec)],
    strip: [...new Set([spec.header, "authorization", "proxy-authorization"])],
    set: [{ name: spec.header, value: spec.template.replace(mark, () => secret) }],
    secret,
    placeholder,
    dialect: "plain",
  };
  return [credential];
}

function rule({ methods, paths }: HeaderCredential): RequestRule {
  return {
    ...(methods === undefined ? {} : { methods }),
    ...(paths === undefined ? {} : { paths }),
  };
}
