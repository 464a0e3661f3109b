/**
 * The terminal filter: bytes from a bottle on their way to the user's terminal. Text, colours, cursor and screen pass; what makes
 * a terminal type, copy, print, load or report does not. A sequence is let out whole, after its last byte, or not at all.
 */
import { isAllowedCsi } from "./csi.ts";
import { allowedOsc } from "./osc.ts";
import { createUtf8Reader } from "./utf8.ts";

export interface TerminalFilter {
  /** What may be written now. The result for a stream is the same however it is cut; an unfinished sequence stays back. */
  push(data: Uint8Array): Buffer;
}

/** Bytes of one sequence that are held; the longest an honest program needs is a link. */
const maxHeld = 4096;

const ESC = 0x1b;
const BEL = 0x07;
const BACKSLASH = 0x5c;

/** BEL, BS, HT, LF, VT, FF, CR, SO, SI. Not ENQ, which makes a terminal answer. */
const allowedControls: ReadonlySet<number> = new Set([
  0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
]);

/** Save, restore, index, next line, reverse index, tab stop, keypad modes, reset. Not `ESC Z`, which reports. */
const allowedEscapes = "78DEMH=>c";

/** After `ESC (` and its like: line drawing, UK, US. */
const charsets = "0AB";

type State =
  | "ground"
  | "escape"
  | "charset"
  | "intermediate"
  | "csi"
  | "osc"
  | "osc-escape"
  | "string";

export function createTerminalFilter(): TerminalFilter {
  const held: number[] = [];
  const utf8 = createUtf8Reader();
  let state: State = "ground";
  let overlong = false;
  let out = createOutput(0);
  const write = (byte: number): void => out.byte(byte);

  function enter(next: State): void {
    state = next;
    held.length = 0;
    overlong = false;
  }

  function hold(byte: number): void {
    if (held.length < maxHeld) held.push(byte);
    else overlong = true;
  }

  /** Ends a sequence; `text` is what of it is allowed. */
  function finish(text: string): void {
    if (!overlong) out.text(text);
    enter("ground");
  }

  function ground(byte: number): void {
    if (byte === ESC) enter("escape");
    else if (byte >= 0x20 ? byte !== 0x7f : allowedControls.has(byte)) out.byte(byte);
  }

  function escape(byte: number): void {
    const character = String.fromCharCode(byte);
    if (character === "[") enter("csi");
    else if (character === "]") enter("osc");
    else if ("PX^_".includes(character)) enter("string");
    else if ("()*+".includes(character)) {
      enter("charset");
      hold(byte);
    } else if (byte <= 0x2f) enter("intermediate");
    else finish(allowedEscapes.includes(character) ? `\x1b${character}` : "");
  }

  function csi(byte: number): void {
    if (byte < 0x40) return hold(byte);
    const body = String.fromCharCode(...held);
    const final = String.fromCharCode(byte);
    finish(isAllowedCsi(body, final) ? `\x1b[${body}${final}` : "");
  }

  /** The strings that are allowed never, and the one that is allowed at times; both end with BEL or ESC \. */
  function inString(byte: number): void {
    if (byte === ESC) {
      if (state === "osc") state = "osc-escape";
      else enter("escape");
    } else if (state === "osc" && byte === BEL) finish(allowedOsc(Buffer.from(held)));
    else if (byte === 0x18 || byte === 0x1a) enter("ground");
    else if (state === "osc" && byte >= 0x20) hold(byte);
    else if (state === "osc") {
      enter("ground");
      ground(byte);
    }
  }

  /** Within `ESC …` and `CSI …` a control or a byte that is no ASCII ends the sequence, unwritten. */
  function inSequence(byte: number): void {
    if (byte < 0x20 || byte >= 0x7f) {
      enter("ground");
      if (byte < 0x20) ground(byte);
    } else if (state === "escape") escape(byte);
    else if (state === "csi") csi(byte);
    else if (state === "charset")
      finish(
        charsets.includes(String.fromCharCode(byte))
          ? `\x1b${String.fromCharCode(...held, byte)}`
          : "",
      );
    else if (byte >= 0x30) enter("ground");
  }

  function step(byte: number): void {
    if (state === "osc-escape") {
      if (byte === BACKSLASH) return finish(allowedOsc(Buffer.from(held)));
      enter("escape");
    }
    if (state === "osc" || state === "string") inString(byte);
    else if (state !== "ground") inSequence(byte);
    else if ((byte < 0x80 && !utf8.isOpen()) || !utf8.push(byte, write)) ground(byte);
  }

  return {
    push(data) {
      // A bad byte becomes three; a sequence held from before comes on top.
      out = createOutput(data.length * 3 + maxHeld + 64);
      for (const byte of data) step(byte);
      return out.take();
    },
  };
}

interface Output {
  byte(value: number): void;
  text(value: string): void;
  take(): Buffer;
}

function createOutput(size: number): Output {
  const buffer = Buffer.allocUnsafe(size);
  let end = 0;
  return {
    byte(value) {
      buffer[end] = value;
      end += 1;
    },
    text(value) {
      end += buffer.write(value, end, "utf8");
    },
    take: () => buffer.subarray(0, end),
  };
}
