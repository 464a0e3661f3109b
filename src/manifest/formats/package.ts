/** Names of npm packages and scopes (docs of the npm registry, "name"). */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";

const part = "[a-z0-9~-][a-z0-9._~-]{0,100}";

/** `name` or `@scope/name`. */
export const packageFormat: Format<string> = {
  name: "the name of a package",
  json: { pattern: `^(?:@${part}/)?${part}$` },
  parse: (text) =>
    new RegExp(`^(?:@${part}/)?${part}$`).test(text)
      ? good(text)
      : bad(
          "E_MANIFEST_NAME",
          `${quote(text)} is not the name of a package.`,
          "Write name or @scope/name, in small letters.",
        ),
};

/** `@scope`. */
export const scopeFormat: Format<string> = {
  name: "a scope",
  json: { pattern: `^@${part}$` },
  parse: (text) =>
    new RegExp(`^@${part}$`).test(text)
      ? good(text)
      : bad("E_MANIFEST_NAME", `${quote(text)} is not a scope.`, "Write it as @scope."),
};
