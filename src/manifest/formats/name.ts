/** Names that users choose: of bottles, agents and variables. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";
import { isReserved } from "./reserved.ts";

/** The name of a bottle or an agent; it becomes part of ids, paths and branch names. */
export const nameFormat: Format<string> = {
  name: "a name",
  json: { pattern: "^[a-z][a-z0-9-]{0,39}$" },
  parse(text) {
    if (/^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(text)) return good(text);
    const what = text === "" ? "The name is empty." : `${quote(text)} is not a name.`;
    return bad(
      "E_MANIFEST_NAME",
      what,
      "Use up to 40 small letters, digits and inner hyphens, with a letter first.",
    );
  },
};

/** A variable that the agent will see (POSIX 1.2024 section 8.1). */
export const variableFormat: Format<string> = {
  name: "a variable",
  json: { pattern: "^[A-Za-z_][A-Za-z0-9_]*$" },
  parse(text) {
    if (!isVariable(text))
      return bad(
        "E_MANIFEST_NAME",
        `${quote(text)} is not the name of a variable.`,
        "Use letters, digits and underscores, not a digit first.",
      );
    if (!isReserved(text)) return good(text);
    return bad(
      "E_MANIFEST_RESERVED",
      `The variable ${text} is set by claude-bottle.`,
      "Remove it.",
      "Another value could open a way around the gateway.",
    );
  },
};

/** True for the name of a variable, reserved or not. */
export function isVariable(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text);
}
