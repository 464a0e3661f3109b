/** The path of a file beside the manifest, or of one anywhere from / or ~/ on. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";
import { pathFault } from "./local-path.ts";

export const buildFileFormat: Format<string> = {
  name: "a path",
  json: { maxLength: 1024 },
  parse(text) {
    const path = text.startsWith("/") ? text : `/${text.replace(/^(?:~|\.)\//, "")}`;
    const fault = text === "" || text.length > 1024 ? "is empty or too long" : pathFault(path);
    return fault === undefined
      ? good(text)
      : bad("E_MANIFEST_VALUE", `The path ${quote(text)} ${fault}.`, "Write it like ./Dockerfile.");
  },
};
