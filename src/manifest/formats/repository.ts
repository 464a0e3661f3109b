/** A repository of a service, by the path of its URL: `owner/name`. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";

/** With exactly two steps, or, where a service has groups in groups, with up to eight. */
export function repositoryFormat(steps: "two" | "any"): Format<string> {
  const most = steps === "two" ? 2 : 8;
  const least = steps === "two" ? 2 : 1;
  return {
    name: "a repository (owner/name)",
    json: { pattern: "^[^/]+(/[^/]+)*$" },
    parse(text) {
      const parts = text.split("/");
      const plain = parts.every((part) => /^(?!\.{1,2}$)[\w.~-]{1,128}$/.test(part));
      if (plain && !text.endsWith(".git") && parts.length >= least && parts.length <= most)
        return good(text);
      return bad(
        "E_MANIFEST_VALUE",
        `${quote(text)} is not a repository.`,
        "Write owner/name as in its URL, without .git.",
      );
    },
  };
}
