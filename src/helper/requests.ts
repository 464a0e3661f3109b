/** Reads one request of the supervisor strictly: what is not exactly a request is no request. */
import { constants } from "node:os";
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
      const tty = value["tty"];
      return command !== undefined && typeof tty === "boolean"
        ? { type: "run", ...command, tty }
        : undefined;
    }
    case "exec": {
      const command = readCommand(value);
      const exec = readExec(value);
      return command !== undefined && exec !== undefined
        ? { type: "exec", exec, ...command }
        : undefined;
    }
    case "exec-input": {
      const exec = readExec(value);
      const { data, end } = { data: value["data"], end: value["end"] };
      return exec !== undefined && typeof data === "string" && typeof end === "boolean"
        ? { type: "exec-input", exec, data, end }
        : undefined;
    }
    case "exec-signal": {
      const exec = readExec(value);
      const signal = readSignal(value);
      return exec !== undefined && signal !== undefined
        ? { type: "exec-signal", exec, signal }
        : undefined;
    }
    case "signal": {
      const signal = readSignal(value);
      return signal === undefined ? undefined : { type: "signal", signal };
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

function readExec(value: Record<string, unknown>): number | undefined {
  const exec = value["exec"];
  return typeof exec === "number" && Number.isSafeInteger(exec) && exec >= 0 ? exec : undefined;
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
