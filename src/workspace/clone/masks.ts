/** Which files look like secrets: by their name, or by a provider's token in their text. */
import { mayHoldToken, tokenShape } from "../../manifest/token-shapes.ts";

/** Bytes of a file that is looked into; keys and tokens are in small files. */
export const maxLookedInto: number = 256 * 1024;

/** Whole names, in lower case. */
const names: ReadonlySet<string> = new Set([
  "credentials.json",
  "application_default_credentials.json",
  "client_secret.json",
  "serviceaccountkey.json",
  "secrets.json",
  "secrets.yaml",
  "secrets.yml",
  "secrets.toml",
  ".git-credentials",
  ".pgpass",
  ".my.cnf",
  ".htpasswd",
  ".vault-token",
  ".s3cfg",
  ".boto",
  ".dockercfg",
  "kubeconfig",
]);

/** The last steps of a path: a name that says nothing by itself. */
const ends: readonly string[] = [
  ".aws/credentials",
  ".kube/config",
  ".docker/config.json",
  ".cargo/credentials",
  ".cargo/credentials.toml",
  ".gem/credentials",
  ".config/gh/hosts.yml",
];

const patterns: readonly RegExp[] = [
  // The environment of a deployment, but for the example that is meant to be read.
  /^\.env(?:rc$|[._-]|$)(?!.*(?:example|sample|template|dist)\b)/,
  /^(?!.*(?:example|sample|template|dist)\b).*\.env$/,
  // Keys and key stores.
  /\.(?:pem|key|p12|pfx|pkcs12|jks|keystore|ppk|kdbx)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:[._-](?!pub$).*)?$/,
  // Terraform's state holds every value of what it made.
  /\.tfstate(?:\.backup|\.\d+(?:\.backup)?)?$/,
  /^client_secret.*\.json$/,
  /^service[-_]account.*\.json$/,
  /\.kubeconfig$/,
  /^kubeconfig[._-].*ya?ml$/,
  /^secring\./,
];

/** Configuration that is needed to work, and masked only if a credential is in it. */
const withCredential: Readonly<Record<string, RegExp>> = {
  // ${NPM_TOKEN} names a variable and is no secret.
  ".npmrc": /_(?:authToken|auth|password)\s*=\s*(?!\s*"?\$\{)\S/i,
  ".yarnrc.yml": /npmAuth(?:Token|Ident)\s*:\s*(?!\s*"?\$\{)\S/i,
  ".pypirc": /password\s*[:=]\s*\S/i,
  ".netrc": /password\s+\S/i,
  _netrc: /password\s+\S/i,
  ".terraformrc": /token\s*=\s*\S/i,
  "pip.conf": /:\/\/[^/\s]+@/,
};

/** `path` is one character a byte. */
export function hasSecretName(path: string): boolean {
  const lower = path.toLowerCase();
  const name = lower.slice(lower.lastIndexOf("/") + 1);
  if (names.has(name) || patterns.some((pattern) => pattern.test(name))) return true;
  return ends.some((end) => lower === end || lower.endsWith(`/${end}`));
}

/** By the rules of its name; the text is one character a byte. */
export function hasCredential(path: string, text: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const rule = Object.hasOwn(withCredential, name) ? withCredential[name] : undefined;
  return rule?.test(text) === true;
}

/** A provider's token somewhere in the text, one character a byte. What has a zero byte is no text (as git judges it). */
export function hasToken(text: string): boolean {
  return mayHoldToken(text) && !text.includes("\0") && tokenShape(text) !== undefined;
}
