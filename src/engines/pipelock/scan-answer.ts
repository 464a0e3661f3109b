/** Reads an answer of pipelock's scan API: one of two exact verdicts, or none. */

export type ScanAnswer =
  | { readonly verdict: "allow" }
  | { readonly verdict: "deny"; readonly finding: string }
  | { readonly verdict: "none"; readonly why: string };

/** Findings that are told. */
const most = 3;
const longestName = 80;

/** `asked`: what the question said of itself, which its answer repeats. */
export function readScanAnswer(
  status: number,
  body: string,
  asked: { readonly kind: string; readonly request: string },
): ScanAnswer {
  if (status !== 200) return none(`it answers with status ${status}`);
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return none("its answer is no JSON");
  }
  if (!isMap(answer)) return none("its answer is no object");
  if (answer["status"] !== "completed") return none("it did not complete the scan");
  // An answer to another question says nothing of this one.
  if (answer["kind"] !== asked.kind || answer["request_id"] !== asked.request)
    return none("it answers another question");
  const findings = answer["findings"] ?? [];
  if (!Array.isArray(findings)) return none("its findings are no list");
  if (answer["decision"] === "deny") return { verdict: "deny", finding: told(findings) };
  if (answer["decision"] !== "allow") return none("its decision is not known here");
  return findings.length === 0 && answer["errors"] === undefined
    ? { verdict: "allow" }
    : none("it allows, and has found something");
}

function none(why: string): ScanAnswer {
  return { verdict: "none", why };
}

/** Names of rules and how grave they are; its messages may hold what it found. */
function told(findings: readonly unknown[]): string {
  const names = findings.slice(0, most).map((one) => {
    if (!isMap(one)) return "something";
    const { rule_id: rule, severity } = one;
    return `${word(rule)} (${word(severity)})`;
  });
  return names.length === 0 ? "it does not say why" : names.join(", ");
}

function word(value: unknown): string {
  return typeof value === "string"
    ? value.replace(/[^\x20-\x7e]/g, "?").slice(0, longestName)
    : "unnamed";
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
