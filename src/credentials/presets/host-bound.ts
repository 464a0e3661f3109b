/** What the credentials of any one host have in common. */
import { BottleError } from "../../errors/error.ts";
import type { Credential } from "../../gateway/config.ts";
import type { HostBound } from "../../manifest/manifest.ts";

/** Every header that could carry another account's credential: what was allowed for the owner's account must not happen in someone else's. */
export const otherAccounts: readonly string[] = ["authorization", "proxy-authorization"];

/** Where it goes and for what. */
export function hostBound(
  what: string,
  spec: HostBound,
): Pick<Credential, "authorities" | "rules" | "dialect" | "upgrades"> {
  if (spec.host.includes("*")) throw notUsable(what, "It must name one host.");
  const { methods, paths } = spec;
  return {
    authorities: spec.ports.map((port) => ({ scheme: spec.scheme, host: spec.host, port })),
    rules: [{ ...(methods !== undefined && { methods }), ...(paths !== undefined && { paths }) }],
    dialect: "plain",
    ...(spec.websocket === true && { upgrades: true }),
  };
}

const mark = "{secret}";

/** The template with the secret where it goes; it is set as it is, whatever characters it has. */
export function filled(what: string, template: string, secret: string): string {
  if (template.split(mark).length !== 2)
    throw notUsable(what, "Its template must hold {secret} exactly once.");
  return template.replace(mark, () => secret);
}

function notUsable(what: string, why: string): BottleError {
  return new BottleError({
    code: "E_CREDENTIAL_TEMPLATE",
    what: `The credential ${what} cannot be used.`,
    why,
    next: 'Write it as {host: api.example.com, header: "X-Api-Key: {secret}", secret: "env:NAME"}.',
  });
}
