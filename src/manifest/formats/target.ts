/** Where a mount appears inside a bottle: a folder of its own, never over what the bottle itself is made of. */
import type { Format } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import { quote } from "../quote.ts";
import { isWithin, pathFault } from "./local-path.ts";

/** The bottle's own system, home, workspace and helper. */
const own: readonly string[] =
  "/bin /dev /etc /home /proc /run /sbin /sys /tmp /usr /var /work /opt/claude-bottle".split(" ");

export const targetFormat: Format<string> = {
  name: "a path inside the bottle",
  json: { pattern: "^/." },
  parse(text) {
    const fail = (why: string): ReturnType<typeof bad> =>
      bad("E_MANIFEST_VALUE", `The target ${quote(text)} ${why}.`, "Use a folder such as /data.");
    if (!text.startsWith("/")) return fail("does not begin with a slash");
    const fault = pathFault(text);
    if (fault !== undefined) return fail(fault);
    const covered = own.find((path) => isWithin(text, path) || isWithin(path, text));
    if (covered !== undefined) return fail(`would cover ${covered} of the bottle`);
    if (/^\/lib[^/]*(?:\/|$)/.test(text)) return fail("would cover libraries of the bottle");
    return good(text);
  },
};
