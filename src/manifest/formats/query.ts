/** A query parameter that is a secret. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";

/** The parameter's name. */
export const queryFormat: Format<string> = {
  name: 'a query parameter such as "key={secret}"',
  json: { pattern: "^[A-Za-z0-9_.~-]+=\\{secret\\}$" },
  parse(text) {
    const name = /^([A-Za-z0-9_.~-]{1,64})=\{secret\}$/.exec(text)?.[1];
    return name === undefined
      ? bad(
          "E_MANIFEST_HEADER",
          "The query parameter is no plain name with {secret} as its value.",
          'Write it like "key={secret}".',
        )
      : good(name);
  },
};
