/** Private keys. */
import { base64, shape } from "./shape.ts";
import type { TokenShape } from "./shape.ts";

const instead = 'a reference: secret: "file:PATH"';

/** Of RFC 7468, and what older programs and PGP write: what the head says, a line's end, perhaps fields, and base64. */
const head = /^(?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/;
const isPrivateKey = (rest: string): boolean => {
  const begin = head.exec(rest);
  return begin !== null && /[A-Za-z0-9+/]{32}/.test(rest.slice(begin[0].length));
};

export const keyShapes: readonly TokenShape[] = [
  // The body is whatever follows for a while: fields of a head are text.
  shape("a private key", ["-----BEGIN "], "\t\n\r -~", [64, 400], {
    instead,
    within: true,
    endless: true,
    loose: 16,
    looseCheck: (rest) => head.test(rest),
    check: isPrivateKey,
  }),
  shape("an SSH private key", ["b3BlbnNzaC1rZXktdjE"], base64, [40, 100], {
    instead,
    within: true,
    endless: true,
  }),
  shape("an age key", ["AGE-SECRET-KEY-1"], "A-Z0-9", [58, 58], { instead }),
];
