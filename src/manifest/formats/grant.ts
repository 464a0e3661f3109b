/** Words of `can`: what a credential is granted, and which branches may be pushed. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { closest } from "../closest.ts";
import { quote } from "../quote.ts";

/** One of the words, or `push:` with a glob of branch names: `push:agent/**`. */
export function grantFormat(words: readonly string[]): Format<string> {
  const known = [...words, "push:BRANCHES"].join(", ");
  return {
    name: `one of ${known}`,
    json: { pattern: `^(${words.join("|")}|push:.+)$` },
    parse(text) {
      if (words.includes(text)) return good(text);
      if (!text.startsWith("push:")) {
        const near = closest(text, words);
        return bad(
          "E_MANIFEST_VALUE",
          `${quote(text)} is nothing that can be granted here.`,
          near === undefined ? `Use ${known}.` : `Did you mean "${near}"?`,
        );
      }
      const glob = text.slice("push:".length);
      const why = globTrouble(glob);
      return why === undefined
        ? good(text)
        : bad(
            "E_MANIFEST_VALUE",
            `${quote(text)} names no branches: ${why}.`,
            'Write branch names with * within a step and ** across steps, such as "push:agent/**".',
          );
    },
  };
}

function globTrouble(glob: string): string | undefined {
  if (glob.startsWith("refs/")) return "branches are written without refs/heads/";
  if (!/^[\w./@+=*-]{1,200}$/.test(glob)) return "it has characters that no branch should have";
  if (/\/\/|^\/|\/$|\.\.|\*{3}/.test(glob) || (glob.match(/\*+/g)?.length ?? 0) > 4)
    return "it is not plain";
  return undefined;
}
