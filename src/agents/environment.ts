/** The one table of variables that every agent gets, whatever its provider (DESIGN section 6). */
import type { AgentContext } from "../lifecycle/agent.ts";

/** Replace a program's roots: they get the system's with the bottle's own added. */
const bundleVariables: readonly string[] = [
  "AWS_CA_BUNDLE",
  "BUNDLE_SSL_CA_CERT",
  "CARGO_HTTP_CAINFO",
  "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
  "CODEX_CA_CERTIFICATE",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
  "HEX_CACERTS_PATH",
  "HTTPLIB2_CA_CERTS",
  "NIX_SSL_CERT_FILE",
  "PIP_CERT",
  "REQUESTS_CA_BUNDLE",
  "SSL_CERT_FILE",
  "YARN_HTTPS_CA_FILE_PATH",
  "npm_config_cafile",
];

/** Add to a program's own roots: they get the bottle's own alone, which loads 38 ms faster. */
const addedVariables: readonly string[] = ["DENO_CERT", "NODE_EXTRA_CA_CERTS"];

const proxyVariables: readonly string[] = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "http_proxy",
  "https_proxy",
];

/** Programs send even loopback requests to a proxy unless told otherwise. */
export const loopback = "127.0.0.1,localhost,::1";

export interface TerminalKind {
  /** The user's TERM. */
  readonly term: string;
}

/** Placeholders of header credentials have no usual variable; the agent finds them under these names. */
export function placeholderVariable(credential: string): string {
  return `CLAUDE_BOTTLE_PLACEHOLDER_${credential.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
}

/** What leads programs to the gateway, and nothing else: for a bottle, and for any sandbox behind a gateway alone. */
export function doorEnvironment(
  context: Pick<AgentContext, "caFile" | "ownCaFile" | "credentials"> & {
    /** URL of the proxy door. */
    readonly proxy: string;
    /** Hosts that are asked without it. */
    readonly direct: string;
  },
): Readonly<Record<string, string>> {
  const { caFile, ownCaFile, credentials } = context;
  const all = (names: readonly string[], value: string): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, value]));
  const headers = credentials.filter((credential) => credential.kind === "header");
  return {
    ...all(proxyVariables, context.proxy),
    ...all(["NO_PROXY", "no_proxy"], context.direct),
    // Node's own fetch looks at the proxy variables only if asked (Node 22.21 and 24 on).
    NODE_USE_ENV_PROXY: "1",
    ...all(bundleVariables, caFile),
    ...all(addedVariables, ownCaFile),
    ...Object.fromEntries(
      headers.map((credential) => [placeholderVariable(credential.name), credential.placeholder]),
    ),
    ...(Object.assign({}, ...credentials.map(({ inside }) => inside.env)) as Record<
      string,
      string
    >),
  };
}

/** Everything here is worthless outside the bottle. */
export function commonEnvironment(
  context: AgentContext,
  terminal: TerminalKind | null,
): Readonly<Record<string, string>> {
  const { home, door } = context;
  return {
    HOME: home,
    USER: "agent",
    LOGNAME: "agent",
    SHELL: "/bin/bash",
    LANG: "C.UTF-8",
    PATH: `${home}/.local/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/claude-bottle`,
    TMPDIR: "/tmp",
    TERM: terminal === null ? "dumb" : safeTerm(terminal.term),
    GIT_TERMINAL_PROMPT: "0",
    ...doorEnvironment({ ...context, proxy: door, direct: loopback }),
  };
}

/** The name becomes part of a path in terminfo(5). */
function safeTerm(term: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/.test(term) ? term : "xterm-256color";
}
