/** The name of an image: `default`, or as docker names one (distribution/reference: host, path, tag, digest). */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";

const part = "[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*";
const host = "[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?(?::[0-9]{1,5})?/";
const tag = ":[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
const digest = "@sha256:[0-9a-f]{64}";
const shape = new RegExp(`^(?:${host})?${part}(?:/${part})*(?:${tag})?(?:${digest})?$`);
const maxLength = 400;

export const imageNameFormat: Format<string> = {
  name: "default, or the name of an image",
  json: { maxLength },
  parse: (text) =>
    text.length <= maxLength && shape.test(text)
      ? good(text)
      : bad(
          "E_MANIFEST_VALUE",
          `${quote(text)} is no name of an image.`,
          "Write default, or a name like registry.example/me/tools:1.",
        ),
};
