/** Basic authorization (RFC 7617) seen from the side of what must stay hidden. */
import { shortestEncoded } from "./encodings.ts";

/** User and password, and the password alone, of a field's value; undefined if it is no Basic. Too short ones are left out. */
export function basicParts(value: string): readonly string[] | undefined {
  const basic = /^basic +(.+)$/i.exec(value)?.[1];
  if (basic === undefined) return undefined;
  const pair = Buffer.from(basic, "base64").toString("utf8");
  const password = pair.slice(pair.indexOf(":") + 1);
  return [pair, password].filter((text) => text.length >= shortestEncoded);
}
