/** Methods and path globs of a rule. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";

/** An HTTP method, upper-case as on the wire (RFC 9110 section 9.1); those that make tunnels or echo secrets are never allowed. */
export const methodFormat: Format<string> = {
  name: "a method",
  json: { pattern: "^[A-Z][A-Z-]{1,19}$" },
  parse(text) {
    if (text === "CONNECT" || text === "TRACE")
      return bad("E_MANIFEST_VALUE", `The method ${text} is never allowed.`, "Remove it.");
    if (/^[A-Z][A-Z-]{1,19}$/.test(text)) return good(text);
    const upper = text.toUpperCase();
    return bad(
      "E_MANIFEST_VALUE",
      `${quote(text)} is not a method.`,
      /^[A-Z]{2,20}$/.test(upper)
        ? `Did you mean "${upper}"?`
        : "Write GET, POST or another method.",
    );
  },
};

/** A path glob: `*` within a segment, `**` across segments; only spellings that mean one path. */
export const pathFormat: Format<string> = {
  name: "a path",
  json: { pattern: "^/" },
  parse(text) {
    const fail = (why: string): ReturnType<typeof bad> =>
      bad(
        "E_MANIFEST_VALUE",
        `The path ${quote(text)} ${why}.`,
        "Write it as the server sees it, such as /public/**.",
      );
    if (!text.startsWith("/")) return fail("does not begin with a slash");
    if (text.length > 1024) return fail("is longer than 1024 characters");
    if (/[?#]/.test(text)) return fail("has a query or fragment, which rules do not judge");
    if (/[^\u0021-\u007e]|[\\"<>^`{|}]/.test(text))
      return fail("has characters that must be percent-encoded");
    if (/%(?![0-9A-Fa-f]{2})/.test(text)) return fail("has a broken percent-encoding");
    // A hidden star would become a glob, and the gateway refuses the others in requests anyway.
    if (/%(?:2[5aef]|5c|[01][0-9a-f]|7f)/i.test(text))
      return fail("hides a star, a dot, a slash, a percent sign or a control character");
    if (/\/\.{1,2}(?:\/|$)/.test(text) || text.includes("//"))
      return fail("has an empty or dot segment");
    if (text.includes("***")) return fail("has too many stars");
    return good(text);
  },
};
