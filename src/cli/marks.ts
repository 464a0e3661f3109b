/** How danger marks and paths from a bottle look. */
import type { Style } from "../plan/style.ts";
import { escapeBytes } from "../terminal/print.ts";
import { bytesOf } from "../workspace/names.ts";

/** A path, one character a byte, for people. */
export function pathText(path: string): string {
  return escapeBytes(bytesOf(path));
}

/** The same for JSON: `bytes`, in base64, only where the text does not say it all. */
export function pathJson(path: string): { readonly path: string; readonly bytes?: string } {
  const bytes = bytesOf(path);
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes)
    ? { path: text }
    : { path: escapeBytes(bytes), bytes: bytes.toString("base64") };
}

/** One line for each dangerous file, with all that makes it so. */
export function markLines(
  files: readonly { readonly path: string; readonly reasons: readonly string[] }[],
  style: Style,
): readonly string[] {
  return files.map(
    ({ path, reasons }) => `  ${style.warn(pathText(path))} ${[...new Set(reasons)].join("; ")}`,
  );
}

export function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? "" : "s"}`;
}
