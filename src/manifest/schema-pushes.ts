/** The keys of every credential with git in it: how much a push may hold, and large files. */
import type { Field } from "./check/object.ts";
import { refine } from "./check/object.ts";
import { choice, text } from "./check/scalar.ts";
import { formatSize, sizeFormat } from "./formats/size.ts";

/** What the gateway can hold of a push: it is read whole before a byte of it goes on. */
const largestPush = 96 * 2 ** 20;

export const maxPush: Field<number> = {
  type: refine(text(sizeFormat(1024)), (bytes, tree, report) => {
    if (bytes <= largestPush) return bytes;
    return report.add(tree.at, {
      code: "E_MANIFEST_VALUE",
      what: "The size is too large: a push is read whole before it goes on.",
      next: `Use ${formatSize(largestPush)} or less.`,
    }) as undefined;
  }),
  doc: "The most that one push may hold.",
  fallback: 64 * 2 ** 20,
  written: "64MiB",
};

export const lfs: Field<"none" | "read" | "write"> = {
  type: choice(["none", "read", "write"]),
  doc: "Large files (git-lfs): none, read, or write.",
  fallback: "none",
};
