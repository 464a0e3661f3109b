/** The header line of a credential: a name and a value with `{secret}` in it (RFC 9110 section 5). */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";

export interface HeaderTemplate {
  /** Lower-case. */
  readonly name: string;
  readonly value: string;
}

/** Headers that frame, route or describe a message: whoever sets them can smuggle requests or change the authority. */
const forbidden: ReadonlySet<string> = new Set(
  `accept-encoding connection content-encoding content-length content-type date expect forwarded host http2-settings keep-alive
  range te trailer transfer-encoding upgrade via x-forwarded-for x-forwarded-host x-forwarded-proto x-http-method-override`.split(
    /\s+/,
  ),
);

export const headerFormat: Format<HeaderTemplate> = {
  name: 'a header line such as "X-Api-Key: {secret}"',
  json: { pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+: .*\\{secret\\}" },
  parse(text) {
    const colon = text.indexOf(":");
    const name = text.slice(0, Math.max(colon, 0)).toLowerCase();
    const value = text.slice(colon + 1).trim();
    const example = 'Write it like "X-Api-Key: {secret}".';
    if (colon === -1 || !/^[!#$%&'*+.^_`|~0-9a-z-]{1,64}$/.test(name))
      return bad("E_MANIFEST_HEADER", "The header has no proper name before a colon.", example);
    if (forbidden.has(name) || /^(?:proxy-|sec-|x-claude-bottle)/.test(name)) {
      return bad(
        "E_MANIFEST_HEADER",
        `The header ${quote(name)} cannot carry a secret.`,
        example,
        "It frames or routes the request.",
      );
    }
    // The value is not quoted in messages: it could hold the secret.
    if (value.split("{secret}").length !== 2)
      return bad(
        "E_MANIFEST_HEADER",
        "The header's value must contain {secret} exactly once.",
        example,
      );
    if (value.length > 256 || /[^\u0020-\u007e]/.test(value))
      return bad(
        "E_MANIFEST_HEADER",
        "The header's value is too long or has characters that headers cannot have.",
        example,
      );
    return good({ name, value });
  },
};
