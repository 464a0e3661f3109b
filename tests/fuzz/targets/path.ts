/** Paths: what is accepted means the same to a server that decodes, to one that does not, and to the web. */
import { comparablePath, deniableForms } from "../../../src/gateway/path.ts";
import { Refusal } from "../../../src/gateway/refusal.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

/** As a request line lets through: visible ASCII, less what no target has. */
const plain = /^\/[!$%&'()*+,\-./0-9:;=@A-Z[\]^_`a-z{|}~]*$/;

export const pathTarget: FuzzTarget = {
  name: "path",
  words: [
    "/..",
    "/.",
    "//",
    "%2e",
    "%2f",
    "%5c",
    "%25",
    ";",
    "%00",
    "%ef%bc%8e",
    "%c0%ae",
    "/admin",
    "%e2%80%a6",
    "\\",
  ],
  run(input) {
    const path = input.toString("latin1");
    if (!plain.test(path)) return;
    let comparable;
    try {
      comparable = comparablePath(path);
    } catch (error) {
      hold(error instanceof Refusal, `threw ${String(error)}`);
      return;
    }
    const onWeb = new URL(`http://a${path}`).pathname;
    hold(onWeb.length >= path.length, `the web takes it for ${onWeb}`);
    hold(!/(?:^|\/)\.{1,2}(?:[/;]|$)/.test(comparable), "it has a dot segment");
    hold(!comparable.includes("//") || path === comparable, "it has an empty segment");
    hold(path.split("/").length === comparable.split("/").length, "a slash was hidden");
    const decoded = decodeURIComponent(path);
    hold(
      Buffer.from(comparable, "latin1").equals(Buffer.from(decoded, "utf8")),
      "it is decoded otherwise",
    );
    for (const form of deniableForms(comparable)) hold(form.startsWith("/"), "a form is no path");
  },
};
