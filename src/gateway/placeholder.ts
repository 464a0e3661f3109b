/** Demands the placeholder: only who holds it may use the credential in whose place it stands. */
import { timingSafeEqual } from "node:crypto";
import type { Fields } from "./http/fields.ts";

/** Says whether one of the `strip` fields carries the placeholder, alone or after one scheme word (`Bearer `, `token `). */
export function createPlaceholderCheck(
  placeholder: string,
  strip: ReadonlySet<string>,
): (fields: Fields) => boolean {
  const expected = Buffer.from(placeholder, "latin1");
  return (fields) => {
    let presented = false;
    for (let index = 0; index < fields.size; index += 1) {
      if (!strip.has(fields.lowers[index] as string)) continue;
      const value = fields.values[index] as string;
      const bare = value.slice(value.indexOf(" ") + 1).trimStart();
      const given = Buffer.from(bare, "latin1");
      // Its length is no secret: it is the same for every bottle.
      if (given.length === expected.length && timingSafeEqual(given, expected)) presented = true;
    }
    return presented && placeholder !== "";
  };
}
