/** Reads base64 as it comes, in either alphabet, over line ends and the escapes of JSON and forms; ends at anything else. */
export interface Base64Reader {
  /** The bytes that became known, and whether it has ended. */
  push(part: Uint8Array): { readonly bytes: Buffer; readonly ended: boolean };
}

const longestEscape = 3;

export function createBase64Reader(): Base64Reader {
  let left = "";
  return {
    push(part) {
      const text = left + Buffer.from(part.buffer, part.byteOffset, part.length).toString("latin1");
      let sure = "";
      let at = 0;
      let ended = false;
      const plain = /[A-Za-z0-9+/_-]+/y;
      while (at < text.length && !ended) {
        plain.lastIndex = at;
        const run = plain.exec(text);
        if (run !== null) {
          sure += run[0];
          at += run[0].length;
          continue;
        }
        const escape = escapeAt(text, at);
        if (escape === "short") break;
        if (escape === undefined) ended = true;
        else {
          sure += escape.char;
          at += escape.length;
        }
      }
      const whole = ended ? sure.length : sure.length - (sure.length % 4);
      left = sure.slice(whole) + (ended ? "" : text.slice(at));
      return { bytes: Buffer.from(sure.slice(0, whole), "base64"), ended };
    },
  };
}

function escapeAt(
  text: string,
  at: number,
): { readonly char: string; readonly length: number } | "short" | undefined {
  const char = text[at] as string;
  if (char === "\r" || char === "\n" || char === " " || char === "\t")
    return { char: "", length: 1 };
  if (char !== "\\" && char !== "%") return undefined;
  const rest = text.slice(at, at + longestEscape).toLowerCase();
  if (char === "\\") {
    if (rest.length < 2) return "short";
    if (rest[1] === "n" || rest[1] === "r") return { char: "", length: 2 };
    return rest[1] === "/" ? { char: "/", length: 2 } : undefined;
  }
  if (rest.length < longestEscape) return "short";
  const known = { "%2b": "+", "%2f": "/", "%0d": "", "%0a": "" }[rest];
  return known === undefined ? undefined : { char: known, length: longestEscape };
}
