/** The type of a model provider's server-side tool, such as `web_search_20250305`, or of a source it would fetch, such as `source:url`. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";

export const toolFormat: Format<string> = {
  name: "a tool type",
  json: { pattern: "^[a-z][a-z0-9_]*(:[a-z0-9_]+)?$" },
  parse: (text) =>
    /^[a-z][a-z0-9_]{0,63}(?::[a-z0-9_]{1,64})?$/.test(text)
      ? good(text)
      : bad(
          "E_MANIFEST_NAME",
          `${quote(text)} is not the type of a tool.`,
          "Write it as the provider does, such as web_search_20250305.",
        ),
};
