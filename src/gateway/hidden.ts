/** What of a credential no answer may show. */
import { basicParts } from "./basic.ts";
import type { Credential } from "./config.ts";

/** The secret and what is made of it. Echoes of Basic (RFC 7617) often come decoded, as user and password. */
export function hiddenValues({ secret, set, query }: Credential): readonly string[] {
  return [
    secret,
    ...(query === undefined || query.value === secret ? [] : [query.value]),
    ...set.flatMap(({ value }) => {
      return basicParts(value) ?? (value.includes(secret) ? [] : [value]);
    }),
  ];
}
