/** How a stream may be written to: colour, where a person looks on; check marks and boxes, where the locale has them. */
import type { Style } from "../plan/style.ts";
import { ansiStyle, plainStyle } from "../plan/style.ts";

/** Colour is for terminals only, and never against NO_COLOR (no-color.org). */
export function hasColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

export function styleFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Style {
  return hasColour(stream, env) ? ansiStyle : plainStyle;
}

/** Whether the locale is UTF-8: the first of these that is set and not empty counts (locale(7)). */
export function hasUnicode(env: NodeJS.ProcessEnv): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return /utf-?8/i.test(locale);
}

export interface Marks {
  readonly good: string;
  readonly bad: string;
  /** Neither: it does not hold, and nobody said it would. */
  readonly open: string;
}

/** The marks before a line, all of one width. */
export function marksFor(env: NodeJS.ProcessEnv): Marks {
  return hasUnicode(env)
    ? { good: "✓", bad: "✗", open: "–" }
    : { good: "ok", bad: "no", open: "- " };
}
