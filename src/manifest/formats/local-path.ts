/** A path on the host, absolute or below the home, in the one spelling that can be compared. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { hasControls, quote } from "../quote.ts";

/** Longer ones no system call takes (PATH_MAX, path_resolution(7)). */
const maxLength = 4095;

/** What is wrong with an absolute path, or undefined: it must be its own normal form. */
export function pathFault(path: string): string | undefined {
  if (path.length > maxLength) return "is too long";
  if (hasControls(path)) return "has control or invisible characters";
  if (path !== "/" && path.endsWith("/")) return "ends in a slash";
  if (/\/(?:\.{0,2})(?:\/|$)/.test(path) && path !== "/") return "has an empty or dot segment";
  return undefined;
}

/** `/srv/data` or `~/data`; the tilde stays until the home is known. */
export const localPathFormat: Format<string> = {
  name: "a path",
  json: { pattern: "^(/|~/)" },
  parse(text) {
    const fault = /^(?:\/|~\/)/.test(text)
      ? pathFault(text.replace(/^~/, ""))
      : "does not begin with / or ~/";
    return fault === undefined
      ? good(text)
      : bad("E_MANIFEST_VALUE", `The path ${quote(text)} ${fault}.`, "Write it from / or ~/ on.");
  },
};

/** The path with the home in place of its tilde. */
export function expandHome(path: string, home: string): string {
  return path.startsWith("~/") ? `${home === "/" ? "" : home}${path.slice(1)}` : path;
}

/** True if one path is the other, or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
