/** Lists of refs: what the bottle is told is what the server said, without what nobody judges, and stays so. */
import {
  readAdvertisement,
  rewriteAdvertisement,
} from "../../../src/credentials/git/advertisement.ts";
import type { Advertisement } from "../../../src/credentials/git/advertisement.ts";
import { GitFormatError } from "../../../src/credentials/git/pkt-line.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

/** Undefined: refused. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    hold(error instanceof GitFormatError, `threw ${String(error)}`);
    return undefined;
  }
}

function told({ refs, format }: Advertisement): string {
  return JSON.stringify([format, ...refs]);
}

const id = "0123456789abcdef0123456789abcdef01234567";

export const advertisementTarget: FuzzTarget = {
  name: "advertisement",
  words: [
    "0000",
    "001f# service=git-receive-pack\n",
    "000eversion 1\n",
    `${id} refs/heads/main`,
    "\0report-status push-cert=x push-options no-thin",
    "push-cert",
    "object-format=sha256",
    `0035shallow ${id}\n`,
    `003a${id} .have\n`,
    "capabilities^{}",
    "\n",
    " ",
  ],
  run(input) {
    const server = attempt(() => readAdvertisement(input));
    const rewritten = attempt(() => rewriteAdvertisement(input));
    if (rewritten === undefined || server === undefined)
      return hold(rewritten === undefined, "what cannot be read is rewritten");
    const bottle = readAdvertisement(rewritten);
    hold(told(bottle) === told(server), "the bottle is told of other refs");
    const offered = bottle.capabilities;
    hold(offered.filter((word) => word === "no-thin").length === 1, "no-thin is not there once");
    // As git finds it: a word between spaces, with or without a value.
    hold(
      !offered.some((word) => /^push-(?:cert|options)(?:$|[=\s])|\s/.test(word)),
      `it offers ${JSON.stringify(offered)}`,
    );
    hold(rewriteAdvertisement(rewritten).equals(rewritten), "it changes the second time");
  },
};
