/** Reads one line of the helper: it comes out of the bottle, so every field is checked before anybody looks at it. */
import { constants } from "node:os";
import type { HelperMessage, ProbeResult } from "../../helper/protocol.ts";

type Fields = Readonly<Record<string, unknown>>;

/** More probe results than there are probes; the rest counts as missing. */
const maxResults = 200;
/** Characters kept of what a probe or a failure says. */
const maxWords = 500;

/** The message, or undefined for what is none. */
export function parseHelperMessage(line: string): HelperMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Fields;
  switch (fields["type"]) {
    case "ready":
      return { type: "ready" };
    case "proof":
      return {
        type: "proof",
        results: probeResults(fields["results"]),
        ms: number(fields["ms"]) ?? 0,
      };
    case "started":
      return { type: "started", pid: number(fields["pid"]) ?? 0 };
    case "exited":
      return { type: "exited", ...ending(fields) };
    case "failed":
      return { type: "failed", what: text(fields["what"]) };
    case "output":
      return output(fields);
    case "input-taken":
      return isCount(fields["bytes"]) ? { type: "input-taken", bytes: fields["bytes"] } : undefined;
    case "exec-output":
    case "exec-exited":
      return execMessage(fields);
    case "forward-break":
      return forwardMessage(fields);
    default:
      return undefined;
  }
}

function output({
  stream,
  data,
}: Fields & { stream?: unknown; data?: unknown }): HelperMessage | undefined {
  if ((stream !== "stdout" && stream !== "stderr") || typeof data !== "string") return undefined;
  return { type: "output", stream, data };
}

function execMessage(fields: Fields): HelperMessage | undefined {
  const exec = number(fields["exec"]);
  if (exec === undefined || !Number.isInteger(exec)) return undefined;
  if (fields["type"] === "exec-exited") return { type: "exec-exited", exec, ...ending(fields) };
  const { stream, data } = fields as { readonly stream?: unknown; readonly data?: unknown };
  if ((stream !== "stdout" && stream !== "stderr") || typeof data !== "string") return undefined;
  return { type: "exec-output", exec, stream, data };
}

function forwardMessage({
  forward,
  after,
}: Fields & { forward?: unknown; after?: unknown }): HelperMessage | undefined {
  if (!isCount(forward) || !isCount(after)) return undefined;
  return { type: "forward-break", forward, after };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function ending(fields: Fields): { code: number | null; signal: NodeJS.Signals | null } {
  const code = number(fields["code"]);
  const signal = fields["signal"];
  // What the system does not know would become an exit code that is no number.
  const named = typeof signal === "string" && Object.hasOwn(constants.signals, signal);
  return {
    code: code !== undefined && Number.isInteger(code) && code >= 0 && code <= 255 ? code : null,
    signal: named ? (signal as NodeJS.Signals) : null,
  };
}

function probeResults(results: unknown): readonly ProbeResult[] {
  if (!Array.isArray(results)) return [];
  return results.slice(0, maxResults).flatMap((result: unknown): ProbeResult[] => {
    if (typeof result !== "object" || result === null) return [];
    const { name, observed, ms } = result as Fields & {
      name?: unknown;
      observed?: unknown;
      ms?: unknown;
    };
    if (typeof name !== "string" || typeof observed !== "string") return [];
    return [
      { name: name.slice(0, 100), observed: observed.slice(0, maxWords), ms: number(ms) ?? 0 },
    ];
  });
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(Math.round(value)) ? value : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value.slice(0, maxWords) : "";
}
