/** Variables that no manifest may set: claude-bottle sets them itself, or they load code or lead around the gateway. */

/** Compared without regard to case: tools read `http_proxy` and `HTTP_PROXY` alike. */
const names: ReadonlySet<string> = new Set(
  `ALL_PROXY FTP_PROXY HTTPS_PROXY HTTP_PROXY NO_PROXY NODE_USE_ENV_PROXY SOCKS_PROXY WSS_PROXY WS_PROXY
  BASH_ENV ENV HOME LOGNAME PATH PWD SHELL TMPDIR USER
  AWS_CA_BUNDLE CARGO_HTTP_CAINFO CODEX_CA_CERTIFICATE CURL_CA_BUNDLE CURL_HOME DENO_CERT DENO_TLS_CA_STORE
  GRPC_DEFAULT_SSL_ROOTS_FILE_PATH NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NODE_OPTIONS NODE_PATH
  PIP_CERT PIP_PROXY PYTHONHTTPSVERIFY REQUESTS_CA_BUNDLE SSL_CERT_DIR SSL_CERT_FILE SSLKEYLOGFILE
  OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES GCONV_PATH GLIBC_TUNABLES LOCPATH
  GEMINI_API_KEY GOOGLE_GEMINI_BASE_URL OPENAI_API_BASE OPENAI_API_KEY OPENAI_BASE_URL IS_SANDBOX
  DISABLE_AUTOUPDATER DISABLE_ERROR_REPORTING DISABLE_TELEMETRY DISABLE_UPDATES DISABLE_GROWTHBOOK DO_NOT_TRACK ENABLE_TOOL_SEARCH`.split(
    /\s+/,
  ),
);

const prefixes: readonly string[] = [
  "ANTHROPIC_",
  "BOTTLE_",
  "CLAUDECODE",
  "CLAUDE_",
  "DYLD_",
  "GIT_",
  "LD_",
  "NPM_CONFIG_",
];

/** True if a manifest must not set this variable. */
export function isReserved(name: string): boolean {
  const upper = name.toUpperCase();
  return names.has(upper) || prefixes.some((prefix) => upper.startsWith(prefix));
}
