/** Ctrl-P Ctrl-Q in what a person types: leave the bottle and let it live. Both keys also as the kitty protocol writes them. */

/** What is to be sent on, and whether the person left. */
export interface Typed {
  readonly data: Buffer;
  readonly leaves: boolean;
}

export interface LeaveKeys {
  push(data: Buffer): Typed;
  /** What is held because it could be the first of the two keys. */
  release(): Buffer;
}

const escape = "\u001b\\[";

/** Ctrl and p or q: the control character, and `CSI code;modifiers u` (sw.kovidgoyal.net/kitty/keyboard-protocol). */
const first = new RegExp(`^(?:\u0010|${escape}112(?::\\d*)*;5(?::1)?u)`);
const second = new RegExp(`^(?:\u0011|${escape}113(?::\\d*)*;5(?::1)?u)`);
/** The keys let go of, which a program may ask to be told. */
const released = new RegExp(
  `^(?:${escape}11[23](?::\\d*)*;5:3u|${escape}57442(?::\\d*)*;\\d+:\\d+u)`,
);

export function createLeaveKeys(): LeaveKeys {
  let held = "";
  return {
    push(data) {
      let rest = data.toString("latin1");
      let out = "";
      while (rest !== "") {
        if (held !== "") {
          if (second.test(rest)) return { data: bytes(out), leaves: true };
          const letGo = released.exec(rest);
          if (letGo !== null) {
            held += letGo[0];
            rest = rest.slice(letGo[0].length);
            continue;
          }
          out += held;
          held = "";
        }
        const key = first.exec(rest);
        if (key !== null) {
          held = key[0];
          rest = rest.slice(key[0].length);
        } else {
          out += rest.charAt(0);
          rest = rest.slice(1);
        }
      }
      return { data: bytes(out), leaves: false };
    },
    release() {
      const data = bytes(held);
      held = "";
      return data;
    },
  };
}

function bytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
