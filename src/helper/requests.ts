/** Reads one request of the supervisor strictly: what is not exactly a request is no request. */
import { constants } from "node:os";
import { forwardKeyLength } from "./protocol.ts";
import type { HelperRequest, ProbeTargets } from "./protocol.ts";

/** The request in `line`, or undefined where it is malformed; the caller then ends the channel. */
export function parseRequest(line: string): HelperRequest | undefined {
  const value = parseObject(line);
  if (value === undefined) return undefined;
  switch (value["type"]) {
    case "probe": {
      const { targets, known } = { targets: value["targets"], known: value["known"] };
      return isRecord(targets) && Array.isArray(known) && known.every(isText)
        ? { type: "probe", targets: targets as unknown as ProbeTargets, known }
        : undefined;
    }
    case "run": {
      const command = readCommand(value);
      const { tty, carried } = { tty: value["tty"], carried: value["carried"] };
      return command !== undefined &&
        typeof tty === "boolean" &&
        (carried === undefined || typeof carried === "boolean")
        ? { type: "run", ...command, tty, carried: carried === true }
        : undefined;
    }
    case "input": {
      const { data, end } = { data: value["data"], end: value["end"] };
      return typeof data === "string" && typeof end === "boolean"
        ? { type: "input", data, end }
        : undefined;
    }
    case "output-taken": {
      const bytes = readCount(value, "bytes");
      return bytes === undefined ? undefined : { type: "output-taken", bytes };
    }
    case "exec": {
      const command = readCommand(value);
      const exec = readCount(value, "exec");
      return command !== undefined && exec !== undefined
        ? { type: "exec", exec, ...command }
        : undefined;
    }
    case "exec-input": {
      const exec = readCount(value, "exec");
      const { data, end } = { data: value["data"], end: value["end"] };
      return exec !== undefined && typeof data === "string" && typeof end === "boolean"
        ? { type: "exec-input", exec, data, end }
        : undefined;
    }
    case "exec-signal": {
      const exec = readCount(value, "exec");
      const signal = readSignal(value);
      return exec !== undefined && signal !== undefined
        ? { type: "exec-signal", exec, signal }
        : undefined;
    }
    case "signal": {
      const signal = readSignal(value);
      return signal === undefined ? undefined : { type: "signal", signal };
    }
    case "forward":
      return readForward(value);
    case "forward-break": {
      const forward = readCount(value, "forward");
      const after = readCount(value, "after");
      return forward !== undefined && after !== undefined
        ? { type: "forward-break", forward, after }
        : undefined;
    }
    default:
      return undefined;
  }
}

/** What to start, and how. */
export interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

function readCommand(value: Record<string, unknown>): Command | undefined {
  const { argv, env, cwd } = { argv: value["argv"], env: value["env"], cwd: value["cwd"] };
  if (!Array.isArray(argv) || argv.length === 0 || !argv.every(isText) || argv[0] === "")
    return undefined;
  if (!isText(cwd) || !cwd.startsWith("/") || !isRecord(env)) return undefined;
  const variables = Object.entries(env);
  if (!variables.every(([name, text]) => isVariableName(name) && isText(text))) return undefined;
  return {
    argv,
    env: Object.fromEntries(variables) as Record<string, string>,
    cwd,
  };
}

function readForward(value: Record<string, unknown>): HelperRequest | undefined {
  const forward = readCount(value, "forward");
  const port = readCount(value, "port");
  const key = value["key"];
  if (forward === undefined || port === undefined || port < 1 || port > 65_535) return undefined;
  return typeof key === "string" && key.length === forwardKeyLength
    ? { type: "forward", forward, port, key }
    : undefined;
}

function readCount(value: Record<string, unknown>, name: string): number | undefined {
  const count = value[name];
  return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

function readSignal(value: Record<string, unknown>): NodeJS.Signals | undefined {
  const signal = value["signal"];
  return typeof signal === "string" && Object.hasOwn(constants.signals, signal)
    ? (signal as NodeJS.Signals)
    : undefined;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** execve(2) ends a string at its first NUL. */
function isText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}

function isVariableName(name: string): boolean {
  return name !== "" && !name.includes("=") && !name.includes("\0");
}
