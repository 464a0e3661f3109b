/** The user name that a remote wants beside a token (RFC 7617: no colon). */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";

export const userFormat: Format<string> = {
  name: "a user name",
  json: { pattern: "^[^:]+$" },
  parse: (text) =>
    /^[\w.@+-]{1,128}$/.test(text)
      ? good(text)
      : bad(
          "E_MANIFEST_VALUE",
          `${quote(text)} is not a user name.`,
          "Use letters, digits and ._@+-.",
        ),
};
