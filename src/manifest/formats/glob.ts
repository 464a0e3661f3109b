/** Globs: of git refs, and of paths below the workspace. `*` stays within a segment and `**` does not. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { hasControls, quote } from "../quote.ts";

/** Branches, tags and remote branches by their short names, such as `main` or `agent/**` (gitglossary(7), "ref"). */
export const refGlobFormat: Format<string> = {
  name: "a branch or tag",
  json: { maxLength: 255 },
  parse(text) {
    // What git-check-ref-format(1) forbids, and what a command could take for an option.
    const whole = /^[\w*][\w.*+@=#-]*(?:\/[\w*][\w.*+@=#-]*)*$/.test(text);
    if (whole && text.length <= 255 && !/\.\.|@\{|\.lock(?:\/|$)|\.(?:\/|$)|\*{3}/.test(text))
      return good(text);
    return bad(
      "E_MANIFEST_VALUE",
      `${quote(text)} is not the name of a branch or a tag, nor a glob of them.`,
      "Write main, v1.2 or agent/**.",
    );
  },
};

/** Files of the workspace by their path from its top, such as `deploy/**`. */
export const pathGlobFormat: Format<string> = {
  name: "a path of the workspace",
  json: { maxLength: 1024 },
  parse(text) {
    const fail = (why: string): ReturnType<typeof bad> =>
      bad(
        "E_MANIFEST_VALUE",
        `The path ${quote(text)} ${why}.`,
        "Write it from the workspace's top on, such as deploy/**.",
      );
    if (text === "" || text.length > 1024) return fail("is empty or too long");
    if (hasControls(text)) return fail("has control or invisible characters");
    if (text.includes("\\")) return fail("has a backslash");
    if (text.startsWith("/") || text.startsWith("~")) return fail("is not below the workspace");
    if (text.endsWith("/")) return fail("ends in a slash");
    if (/(?:^|\/)(?:\.{0,2})(?:\/|$)/.test(text)) return fail("has an empty or dot segment");
    if (text.includes("***")) return fail("has too many stars");
    return good(text);
  },
};
