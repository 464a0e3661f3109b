/** DER and what is read from it: an error of ours or a whole, never anything else, and never beyond its frame. */
import { isAccident } from "../errors.ts";
import { elementsOf } from "../../../src/gateway/tls/der-reader.ts";
import { parseRevocationList } from "../../../src/gateway/tls/crl.ts";
import { distinguishedNameKey } from "../../../src/gateway/tls/name-key.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

export const derTarget: FuzzTarget = {
  name: "der",
  words: [
    "\x30\x80",
    "\x30\x84\xff\xff\xff\xff",
    "\x02\x01\x01",
    "\x06\x03\x55\x04\x03",
    "\x17\x0d260101000000Z",
    "\x01\x01\xff",
    "\x30\x00",
    "\x30\x81\x05",
  ],
  run(input) {
    attempt(() => {
      let size = 0;
      for (const { whole, content } of elementsOf(input)) {
        size += whole.length;
        hold(whole.length >= content.length + 2, "its content is longer than itself");
      }
      hold(size === input.length, "the elements are not the whole");
    });
    attempt(() => hold(typeof distinguishedNameKey(input) === "string", "no key"));
    attempt(() => {
      const list = parseRevocationList(input);
      hold(!Number.isNaN(list.nextUpdate), "a time that is none");
    });
  },
};

function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    hold(!isAccident(error), `threw ${String(error)}`);
  }
}
