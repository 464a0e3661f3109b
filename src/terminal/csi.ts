/** Which control sequences (CSI, ECMA-48 section 5.4) may reach the user's terminal; whatever is not named here does not. */

/** Beyond this no terminal has rows, and repeat counts become a way to keep it busy. */
const largestNumber = 32767;

/** Cursor, erase, insert, delete, scroll, tabs, SGR, scroll region, save and restore. No report, no printer, no locked keyboard. */
const plainFinals = "@ABCDEFGHIJKLMPSTXZ`abdefgmrsu";

/** DEC private modes that change what is drawn, or which keys and clicks of the user are told (xterm's ctlseqs). */
const privateModes: ReadonlySet<number> = new Set([
  1, 6, 7, 9, 12, 25, 45, 47, 66, 69, 1000, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 1047,
  1048, 1049, 2004, 2026, 2027,
]);

/** Insert mode; the others lock the keyboard or change what Return types. */
const ansiModes: ReadonlySet<number> = new Set([4]);

/** `body` is what stands between introducer and final byte. */
export function isAllowedCsi(body: string, final: string): boolean {
  const parts = /^([<=>?]?)([0-9:;]*)([ -/]*)$/.exec(body);
  if (parts === null) return false;
  const [, prefix = "", list = "", intermediates = ""] = parts;
  const numbers = list.split(/[;:]/).map(Number);
  if (numbers.some((number) => number > largestNumber)) return false;
  return isAllowedForm(`${prefix}${intermediates}`, final, numbers);
}

function isAllowedForm(form: string, final: string, numbers: readonly number[]): boolean {
  const [first = 0] = numbers;
  switch (form) {
    case "":
      if (final === "h" || final === "l") return numbers.every((mode) => ansiModes.has(mode));
      // With five numbers T starts highlight tracking, in which xterm waits for an answer.
      if (final === "T") return numbers.length === 1;
      // Push and pop of the title; every other window operation moves the window or reports.
      if (final === "t") return first === 22 || first === 23;
      return plainFinals.includes(final);
    case "?":
      if (final === "h" || final === "l") return numbers.every((mode) => privateModes.has(mode));
      return final === "J" || final === "K";
    case ">":
      // Key modifiers (XTMODKEYS) and the kitty keyboard stack; `> c` and `> q` would report.
      return final === "m" || final === "u";
    case "<":
    case "=":
      return final === "u";
    case " ":
      return final === "q";
    case "!":
      return final === "p";
    default:
      return false;
  }
}
