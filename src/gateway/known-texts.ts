/** Texts in which nothing was found: an agent asks the same things over and over. */

export interface KnownTexts {
  has(text: string): boolean;
  /** Forgets the others where there are too many. */
  add(text: string): void;
}

const most = 64;
/** Characters of one. */
const longest = 512;

export function createKnownTexts(): KnownTexts {
  const texts = new Set<string>();
  return {
    has: (text) => text.length <= longest && texts.has(text),
    add(text) {
      if (text.length > longest) return;
      if (texts.size >= most) texts.clear();
      texts.add(text);
    },
  };
}
