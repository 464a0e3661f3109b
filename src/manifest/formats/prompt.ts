/** What an agent is asked to do: any text a person writes, on one line or many. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { hasControls } from "../quote.ts";

export const promptFormat: Format<string> = {
  name: "text",
  json: { maxLength: 65_536 },
  parse(text) {
    if (text.trim() === "")
      return bad("E_MANIFEST_VALUE", "The prompt is empty.", "Leave the key out.");
    if (text.length > 65_536)
      return bad(
        "E_MANIFEST_VALUE",
        "The prompt is longer than 65536 characters.",
        "Put it into a file of the workspace.",
      );
    // A zero-width joiner is part of emoji and of some scripts.
    if (!hasControls(text.replaceAll(/[\t\n\u200c\u200d]/g, ""))) return good(text);
    return bad(
      "E_MANIFEST_VALUE",
      "The prompt has control or invisible characters.",
      "Remove them.",
    );
  },
};
