/** How the credential of any service is written: in the words of its one host. */
import { object, refine } from "./check/object.ts";
import { text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import type { HeaderTemplate } from "./formats/header.ts";
import { headerFormat } from "./formats/header.ts";
import { hostPortFormat, isAddress } from "./formats/host.ts";
import type { CredentialSpec, HeaderCredential } from "./manifest.ts";
import { methods, paths, ports, scheme } from "./schema-hosts.ts";
import { secretField } from "./schema-secret.ts";

interface WrittenHeader extends Pick<HeaderCredential, "secret" | "methods" | "paths"> {
  readonly host: { readonly host: string; readonly port: number | undefined };
  readonly header: HeaderTemplate;
  readonly ports?: readonly number[];
  readonly scheme: "https" | "http";
}

export const header: Type<CredentialSpec> = refine(
  object<WrittenHeader>("a credential", {
    host: {
      type: text(hostPortFormat({ wildcard: false, wide: false })),
      doc: "The one host that gets the secret (or write preset: anthropic).",
      required: true,
    },
    header: {
      type: text(headerFormat),
      doc: 'The header with {secret} in it, such as "X-Api-Key: {secret}".',
      required: true,
    },
    secret: secretField,
    ports: { type: ports, doc: "Ports; without them the scheme's own." },
    scheme: { type: scheme, doc: "https, or plain http to an address.", fallback: "https" },
    methods: { type: methods, doc: "Methods; without them any." },
    paths: { type: paths, doc: "Path globs; without them any." },
  }),
  ({ host: { host, port }, header: { name, value }, ports: written, ...rest }, tree, report) => {
    const problem = (what: string, next: string): undefined =>
      report.add(tree.at, { code: "E_MANIFEST_CONFLICT", what, next }) as undefined;
    if (port !== undefined && written !== undefined)
      return problem("The host names a port, and there are ports beside it.", "Keep the ports.");
    if (rest.scheme === "http" && !isAddress(host)) {
      return problem(
        "The credential would send its secret unencrypted to a name.",
        "Use https, or name an address or localhost.",
      );
    }
    const standard = rest.scheme === "https" ? 443 : 80;
    return {
      kind: "header",
      ...rest,
      host,
      ports: port === undefined ? (written ?? [standard]) : [port],
      header: name,
      template: value,
    };
  },
);
