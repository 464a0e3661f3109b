/** The name of a skill: the folder below ~/.claude/skills, and nothing that could lead out of it. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";

export const skillFormat: Format<string> = {
  name: "the name of a skill",
  json: { pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" },
  parse: (text) =>
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)
      ? good(text)
      : bad(
          "E_MANIFEST_NAME",
          `${quote(text)} is not the name of a skill.`,
          "Write the name of its folder below ~/.claude/skills.",
        ),
};
