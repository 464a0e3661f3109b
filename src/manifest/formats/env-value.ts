/** The value of a variable: a literal, `${NAME}` from the owner's environment, or `?question` asked at launch. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { hasControls, quote } from "../quote.ts";
import { isVariable } from "./name.ts";

export type EnvValue =
  | { readonly kind: "literal"; readonly value: string }
  | { readonly kind: "host"; readonly variable: string }
  | { readonly kind: "ask"; readonly question: string };

export const envValueFormat: Format<EnvValue> = {
  name: "text",
  json: { maxLength: 32_768 },
  parse(text) {
    if (text.length > 32_768)
      return bad(
        "E_MANIFEST_VALUE",
        "The value is longer than 32768 characters.",
        "Put it into a file of the workspace.",
      );
    if (hasControls(text.replaceAll(/[\t\n]/g, ""))) {
      return bad(
        "E_MANIFEST_VALUE",
        `The value ${quote(text)} has control or invisible characters.`,
        "Remove them.",
      );
    }
    if (text.startsWith("?")) {
      const question = text.slice(1).trim();
      if (question !== "" && question.length <= 200 && !question.includes("\n"))
        return good({ kind: "ask", question });
      return bad(
        "E_MANIFEST_VALUE",
        "The question after ? is empty, too long or on several lines.",
        'Write "?What to ask".',
      );
    }
    if (!text.includes("${")) return good({ kind: "literal", value: text });
    const variable = /^\$\{([^}]*)\}$/.exec(text)?.[1];
    if (variable !== undefined && isVariable(variable)) return good({ kind: "host", variable });
    return bad(
      "E_MANIFEST_VALUE",
      `The value ${quote(text)} mixes text with a variable, or names none.`,
      'Write "${NAME}" and nothing else.',
    );
  },
};
