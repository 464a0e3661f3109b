/** A handful of what pipelock finds, in a few of the writings in which it finds it. */
import type { Settings } from "./settings.ts";
import { listed } from "./settings.ts";

export interface Finding {
  readonly scanner: string;
  readonly rule_id: string;
  readonly severity: string;
  readonly message: string;
}

const shapes: readonly (readonly [string, RegExp])[] = [
  ["AWS Access ID", /(?:AKIA|ASIA)[A-Z0-9]{16}/],
  ["GitHub Token", /gh[pousr]_[A-Za-z0-9_]{36,}/],
  ["Anthropic API Key", /sk-ant-[A-Za-z0-9_-]{10,}/],
  ["Private Key Header", /-----BEGIN\s+(?:RSA\s+|EC\s+|OPENSSH\s+)?PRIVATE\s+KEY-----/],
  [
    "BIP-39 Seed Phrase",
    /(?:\b(?:abandon|ability|able|about|above|absent|absorb|abstract|absurd|abuse|access|accident)\b\s*){12}/,
  ],
];

export function findings(text: string, scanner: "url" | "dlp"): readonly Finding[] {
  const names = shapes
    .filter(([, shape]) => views(text).some((view) => shape.test(view)))
    .map(([name]) => name);
  return names.map((name) => ({
    scanner,
    rule_id: scanner === "url" ? "DLP-URL-Exfil" : `DLP-${name}`,
    severity: "critical",
    message: `Secret-like token detected (${name})`,
  }));
}

/** Strict mode's order: the list, the length, what is found, how much of it looks random. */
export function judgeUrl(text: string, settings: Settings): readonly Finding[] {
  const { monitoring } = settings.fetch_proxy;
  const url = new URL(text);
  const blocked = (rule: string): readonly Finding[] => [
    { scanner: "url", rule_id: rule, severity: "medium", message: rule },
  ];
  if (!listed(url.hostname, settings.api_allowlist)) return blocked("URL-allowlist");
  if (text.length > monitoring.max_url_length) return blocked("URL-length");
  const found = findings(text, "url");
  if (found.length > 0) return found;
  const parts = [...url.pathname.split("/"), ...url.searchParams.values()];
  const random = parts.some(
    (part) => part.length >= 16 && entropy(part) > monitoring.entropy_threshold,
  );
  return random ? blocked("URL-entropy") : [];
}

/** The text, and what is in it in other writings. */
function views(text: string): readonly string[] {
  const all = [text];
  try {
    all.push(decodeURIComponent(text));
  } catch {
    // No URL's text.
  }
  for (const run of text.match(/[A-Za-z0-9+/_-]{16,}={0,2}/g) ?? [])
    all.push(Buffer.from(run, "base64").toString("latin1"));
  for (const run of text.match(/(?:[0-9a-fA-F]{2}){12,}/g) ?? [])
    all.push(Buffer.from(run, "hex").toString("latin1"));
  return all;
}

function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values())
    bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
