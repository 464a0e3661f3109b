/** A positional argument that is one of a few words; flags of that kind are stricli's own `enum`. */
import { closest } from "../../manifest/closest.ts";

interface Choice<T extends string> {
  readonly parse: (input: string) => T;
  readonly proposeCompletions: () => readonly T[];
}

export function choice<const T extends string>(words: readonly T[]): Choice<T> {
  return {
    parse: (input) => {
      const found = words.find((word) => word === input);
      if (found !== undefined) return found;
      const near = closest(input, words);
      const meant = near === undefined ? "" : `, did you mean "${near}"?`;
      throw new SyntaxError(`expected one of: ${words.join(", ")}${meant}`);
    },
    proposeCompletions: () => words,
  };
}
