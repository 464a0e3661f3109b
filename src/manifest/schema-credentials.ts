/** How credentials are written: by preset, or as a header for one host. */
import { list } from "./check/collection.ts";
import { object, refine } from "./check/object.ts";
import { choice, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { credentialAuthority } from "./authority.ts";
import { baseUrlFormat } from "./formats/base-url.ts";
import type { HeaderTemplate } from "./formats/header.ts";
import { headerFormat } from "./formats/header.ts";
import { hostPortFormat, isAddress } from "./formats/host.ts";
import { toolFormat } from "./formats/tool.ts";
import type { AnthropicCredential, CredentialSpec, HeaderCredential } from "./manifest.ts";
import type { Report } from "./report.ts";
import { byPreset, secretField } from "./schema-credential.ts";
import { git, gitea } from "./schema-git.ts";
import { methods, paths, ports, scheme } from "./schema-hosts.ts";

interface WrittenAnthropic extends Omit<AnthropicCredential, "kind"> {
  readonly preset: "anthropic";
}

const anthropic: Type<CredentialSpec> = refine(
  object<WrittenAnthropic>("an anthropic credential", {
    preset: { type: choice(["anthropic"]), doc: "Which service.", required: true },
    secret: secretField,
    url: {
      type: text(baseUrlFormat),
      doc: "The service's base URL.",
      fallback: "https://api.anthropic.com",
    },
    serverTools: {
      type: list(text(toolFormat)),
      doc: "Server-side tools that are allowed by name; they fetch for the agent.",
      fallback: [],
    },
  }),
  ({ preset, ...rest }) => ({ kind: preset, ...rest }),
);

interface WrittenHeader extends Pick<HeaderCredential, "secret" | "methods" | "paths"> {
  readonly host: { readonly host: string; readonly port: number | undefined };
  readonly header: HeaderTemplate;
  readonly ports?: readonly number[];
  readonly scheme: "https" | "http";
}

const header: Type<CredentialSpec> = refine(
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

export const credentials: Type<readonly CredentialSpec[]> = refine(
  list(byPreset({ anthropic, git, gitea }, header)),
  (specs, tree, report) => {
    const placeOf = (index: number): number =>
      tree.kind === "list" ? (tree.items[index]?.at ?? tree.at) : tree.at;
    return refuseTwins(specs, placeOf, report) ? undefined : specs;
  },
);

/** No two credentials may claim one authority: the gateway would have to guess. True if two do, and that is reported. */
export function refuseTwins(
  specs: readonly CredentialSpec[],
  placeOf: (index: number) => number,
  report: Report,
): boolean {
  const claimed = new Map<string, number>();
  let twins = false;
  for (const [index, spec] of specs.entries()) {
    for (const authority of credentialAuthority(spec)) {
      const first = claimed.get(authority);
      claimed.set(authority, first ?? index);
      if (first === undefined || first === index) continue;
      twins = true;
      report.add(placeOf(index), {
        code: "E_MANIFEST_CONFLICT",
        what: `Two credentials are for ${authority}.`,
        next: "Keep one of the two.",
      });
      break;
    }
  }
  return twins;
}
