/** Lines of pipelock's log that say something to the owner, in words of ours; its own hold URLs and what was found. */

/** Its events, and what they are called in the audit log. */
const known: Readonly<Record<string, string>> = {
  blocked: "denied",
  anomaly: "anomaly",
  sni_mismatch: "sni-mismatch",
  body_dlp: "found-in-body",
  header_dlp: "found-in-head",
  dlp_warn: "found",
  response_scan: "found-in-answer",
  kill_switch_deny: "all-denied",
  session_anomaly: "anomaly",
  config_reload: "settings-reloaded",
  error: "error",
};

export interface EngineEvent {
  readonly name: string;
  readonly detail: string;
}

/** Undefined for what is no news. Of a line only names of hosts and rules are taken. */
export function readEvent(line: string): EngineEvent | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof entry !== "object" || entry === null) return undefined;
  const fields = entry as Readonly<Record<string, unknown>>;
  const event = fields["event"];
  if (typeof event !== "string" || !Object.hasOwn(known, event)) return undefined;
  const detail = (["scanner", "host", "rule"] as const)
    .map((name) => [name, fields[name]] as const)
    .filter((pair): pair is [(typeof pair)[0], string] => typeof pair[1] === "string")
    .map(([name, value]) => `${name} ${value.replace(/[^A-Za-z0-9.:_ -]/g, "?").slice(0, 100)}`)
    .join(", ");
  return { name: known[event] ?? "error", detail };
}
