/** Errors that a parser throws by accident, and not because it refuses. */
import { Finding } from "./target.ts";

/** True for what no parser of ours throws on purpose, and for findings. */
export function isAccident(error: unknown): boolean {
  return !(error instanceof Error) || error instanceof Finding || error.constructor !== Error;
}
