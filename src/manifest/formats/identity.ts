/** Who commits inside a bottle are by: a name and an address that git can write down as they are. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { hasControls, quote } from "../quote.ts";

const maxLength = 200;

/** git drops what would end a commit's header line (git-commit(1), "Commit information"): refused here instead. */
export const authorNameFormat: Format<string> = {
  name: "a name",
  json: { maxLength },
  parse(text) {
    if (text.trim() === text && text !== "" && isPlain(text)) return good(text);
    return bad(
      "E_MANIFEST_VALUE",
      `${quote(text)} cannot be the author's name.`,
      "Leave out < and >, line breaks, and spaces at the ends.",
    );
  },
};

export const authorEmailFormat: Format<string> = {
  name: "an address",
  json: { maxLength },
  parse(text) {
    if (isPlain(text) && /^[^\s@]+@[^\s@]+$/.test(text)) return good(text);
    return bad(
      "E_MANIFEST_VALUE",
      `${quote(text)} cannot be the author's address.`,
      "Write it like me@example.org.",
    );
  },
};

function isPlain(text: string): boolean {
  return text.length <= maxLength && !hasControls(text) && !/[<>]/.test(text);
}
