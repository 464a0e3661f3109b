/** Where a bottle runs: on this machine, or on one that the owner's ssh reaches. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";
import { parseSshAddress } from "./ssh-address.ts";

const how = "Write local, or ssh://user@host, with :port where it is not 22.";

export const placeFormat: Format<string> = {
  name: "a place",
  json: { pattern: "^(local|ssh://.+)$" },
  parse(text) {
    if (text === "local" || parseSshAddress(text) !== undefined) return good(text);
    if (text === "fly")
      return bad("E_MANIFEST_NOT_YET", `${quote(text)} is not part of this version.`, how);
    return bad("E_MANIFEST_VALUE", `${quote(text)} is no place.`, how);
  },
};
