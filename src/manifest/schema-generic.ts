/** How the credential of any service is written: in the words of its one host. */
import type { Fields } from "./check/object.ts";
import { object, refine } from "./check/object.ts";
import { flag, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { basicFormat } from "./formats/basic.ts";
import type { HeaderTemplate } from "./formats/header.ts";
import { headerFormat } from "./formats/header.ts";
import { hostPortFormat, isAddress } from "./formats/host.ts";
import { queryFormat } from "./formats/query.ts";
import type { CredentialSpec, HostBound } from "./manifest.ts";
import type { Report } from "./report.ts";
import { methods, paths, ports, scheme } from "./schema-hosts.ts";
import { refreshField, secretField } from "./schema-secret.ts";
import type { Tree } from "./tree.ts";

interface Written extends Omit<HostBound, "host" | "ports"> {
  readonly host: { readonly host: string; readonly port: number | undefined };
  readonly ports?: readonly number[];
}

const hostField: Fields<Pick<Written, "host">> = {
  host: {
    type: text(hostPortFormat({ wildcard: false, wide: false })),
    doc: "The one host that gets the secret (or write preset: anthropic).",
    required: true,
  },
};

const otherFields: Fields<Omit<Written, "host">> = {
  secret: secretField,
  refresh: refreshField,
  ports: { type: ports, doc: "Ports; without them the scheme's own." },
  scheme: { type: scheme, doc: "https, or plain http to an address.", fallback: "https" },
  methods: { type: methods, doc: "Methods; without them any." },
  paths: { type: paths, doc: "Path globs; without them any." },
  websocket: { type: flag, doc: "Whether requests may ask for a WebSocket." },
};

export const header: Type<CredentialSpec> = refine(
  object<Written & { readonly header: HeaderTemplate }>("a credential", {
    ...hostField,
    header: {
      type: text(headerFormat),
      doc: 'The header with {secret} in it, such as "X-Api-Key: {secret}".',
      required: true,
    },
    ...otherFields,
  }),
  ({ header: { name, value }, ...written }, tree, report) => {
    const bound = hostBound(written, tree, report);
    return bound && { kind: "header", ...bound, header: name, template: value };
  },
);

export const basic: Type<CredentialSpec> = refine(
  object<Written & { readonly basic: string }>("a basic credential", {
    ...hostField,
    basic: {
      type: text(basicFormat),
      doc: 'User and password with {secret} in them, such as "me:{secret}".',
      required: true,
    },
    ...otherFields,
  }),
  ({ basic: template, ...written }, tree, report) => {
    const bound = hostBound(written, tree, report);
    return bound && { kind: "basic", ...bound, template };
  },
);

export const query: Type<CredentialSpec> = refine(
  object<Written & { readonly query: string }>("a query credential", {
    ...hostField,
    query: {
      type: text(queryFormat),
      doc: 'The query parameter that is the secret, such as "key={secret}".',
      required: true,
    },
    ...otherFields,
  }),
  ({ query: parameter, ...written }, tree, report) => {
    const bound = hostBound(written, tree, report);
    return bound && { kind: "query", ...bound, parameter };
  },
);

function hostBound(written: Written, tree: Tree, report: Report): HostBound | undefined {
  const { host: named, ports: listed, ...rest } = written;
  const { host, port } = named;
  const problem = (what: string, next: string): undefined =>
    report.add(tree.at, { code: "E_MANIFEST_CONFLICT", what, next }) as undefined;
  if (port !== undefined && listed !== undefined)
    return problem("The host names a port, and there are ports beside it.", "Keep the ports.");
  if (rest.scheme === "http" && !isAddress(host)) {
    return problem(
      "The credential would send its secret unencrypted to a name.",
      "Use https, or name an address or localhost.",
    );
  }
  const standard = rest.scheme === "https" ? 443 : 80;
  return { ...rest, host, ports: port === undefined ? (listed ?? [standard]) : [port] };
}
