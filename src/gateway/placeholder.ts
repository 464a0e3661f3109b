/** Demands the placeholder: only who holds it may use the credential in whose place it stands. */
import { timingSafeEqual } from "node:crypto";
import type { Credential } from "./config.ts";
import type { Fields } from "./http/fields.ts";
import { queryOf } from "./path.ts";

/**
 * Says whether a request carries the placeholder: in one of the `strip` fields, alone, after one scheme word (`Bearer `,
 * `token `) or as user or password of Basic (RFC 7617), or in the parameter that the credential names.
 */
export function createPlaceholderCheck(
  credential: Pick<Credential, "placeholder" | "strip" | "query">,
): (fields: Fields, target: string) => boolean {
  const { query } = credential;
  const strip = new Set(credential.strip);
  const expected = Buffer.from(credential.placeholder, "latin1");
  const equals = (text: string): boolean => {
    const given = Buffer.from(text, "latin1");
    // Its length is no secret: it is the same for every bottle.
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
  return (fields, target) => {
    let presented = false;
    for (let index = 0; index < fields.size; index += 1) {
      if (!strip.has(fields.lowers[index] as string)) continue;
      for (const text of readings(fields.values[index] as string))
        if (equals(text)) presented = true;
    }
    if (query !== undefined)
      for (const text of new URLSearchParams(queryOf(target)).getAll(query.name))
        if (equals(text)) presented = true;
    return presented && expected.length > 0;
  };
}

/** What a field's value may show: itself, what follows one scheme word, and the halves of Basic. */
export function readings(value: string): readonly string[] {
  const bare = value.slice(value.indexOf(" ") + 1).trimStart();
  if (!/^basic /i.test(value)) return [bare];
  const pair = Buffer.from(bare, "base64").toString("latin1");
  const colon = pair.indexOf(":");
  return colon < 0 ? [bare] : [bare, pair.slice(0, colon), pair.slice(colon + 1)];
}
