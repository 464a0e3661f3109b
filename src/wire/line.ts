/**
 * One line of the wire: a checksum and JSON. Where a connection was cut and made again, pieces of two may follow on each other:
 * what is not whole is no line.
 */
import { crc32 } from "node:zlib";

const newline = 0x0a;
const pattern = /^([0-9a-f]{8}) (\{.*\})$/s;

export type LineValue = Readonly<Record<string, unknown>>;

/** With its newline. */
export function lineOf(value: object): string {
  const text = JSON.stringify(value);
  return `${checksum(text)} ${text}\n`;
}

/** Undefined for what is no whole line. */
export function valueOf(line: string): LineValue | undefined {
  const [, sum, text = ""] = pattern.exec(line) ?? [];
  return sum === undefined || sum !== checksum(text) ? undefined : (JSON.parse(text) as LineValue);
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}

/** Cuts bytes into lines of at most `max` bytes; a longer one comes as undefined, when it has ended. */
export function createLineCutter(
  max: number,
  line: (text: string | undefined) => void,
): (bytes: Buffer) => void {
  let parts: Buffer[] = [];
  let size = 0;
  const keep = (part: Buffer): void => {
    size += part.length;
    if (size > max) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  return (bytes) => {
    let rest = bytes;
    for (let cut = rest.indexOf(newline); cut >= 0; cut = rest.indexOf(newline)) {
      keep(rest.subarray(0, cut));
      rest = rest.subarray(cut + 1);
      const text = size > max ? undefined : Buffer.concat(parts, size).toString("utf8");
      parts = [];
      size = 0;
      if (text !== "") line(text);
    }
    keep(rest);
  };
}
