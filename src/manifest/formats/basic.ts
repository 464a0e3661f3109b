/** User and password of a Basic credential, with `{secret}` in one of the two or for both (RFC 7617 section 2). */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";

export const basicFormat: Format<string> = {
  name: 'user and password such as "me:{secret}"',
  json: { pattern: "^(?:[!-9;-~]*:\\{secret\\}|\\{secret\\}:?)$" },
  // What stands there is not quoted: it could hold a password.
  parse: (text) =>
    text.length <= 128 &&
    text.split("{secret}").length === 2 &&
    /^(?:[\u0021-\u0039\u003b-\u007e]*:\{secret\}|\{secret\}:?)$/.test(text)
      ? good(text)
      : bad(
          "E_MANIFEST_HEADER",
          "The Basic credential is none of the three forms there are.",
          'Write "user:{secret}", "{secret}:" where the secret is the user, or "{secret}" where it is both.',
        ),
};
