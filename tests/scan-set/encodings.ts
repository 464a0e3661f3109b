/** The ways in which the values of the labelled set are written; `text` fits into a head and a form, the rest in bodies. */
import { deflateSync, gzipSync } from "node:zlib";
import type { Random } from "./random.ts";

export interface Encoding {
  readonly name: string;
  /** `url`: made of what a URL may have; `line`: of one line of text; `text`: of text; `bytes`: of anything. */
  readonly kind: "url" | "line" | "text" | "bytes";
  /** Bytes that a service would read as the value. */
  encode(value: string, random: Random): string | Buffer;
}

const utf8 = (value: string): Buffer => Buffer.from(value, "utf8");
const hexOf = (byte: number): string => byte.toString(16).padStart(2, "0");
const anyCase = (text: string, random: Random): string =>
  Array.from(text, (char) =>
    random.below(2) === 0 ? char.toUpperCase() : char.toLowerCase(),
  ).join("");
const eachByte = (value: string, write: (byte: number) => string): string =>
  Array.from(utf8(value), write).join("");
const eachChar = (value: string, write: (code: number) => string): string =>
  Array.from(value, (char) => write(char.codePointAt(0) as number)).join("");
const ascii = (value: string): boolean => /^[\x20-\x7e]*$/.test(value);
const wrapped = (text: string, width: number, end: string): string =>
  (text.match(new RegExp(`.{1,${width}}`, "g")) ?? []).join(end);
const filler = (size: number): string =>
  '{"note":"the quick brown fox jumps over it","n":'.repeat(9).slice(0, size);
const packed = (value: string): string => `${filler(130)}"${value}"}`;

const url: readonly Encoding[] = [
  { name: "percent (as needed)", kind: "url", encode: (value) => encodeURIComponent(value) },
  {
    name: "percent (all)",
    kind: "url",
    encode: (value, random) => eachByte(value, (byte) => `%${anyCase(hexOf(byte), random)}`),
  },
  {
    name: "percent (some)",
    kind: "url",
    encode: (value, random) =>
      eachByte(value, (byte) =>
        /[A-Za-z0-9._~-]/.test(String.fromCharCode(byte)) && random.below(3) > 0
          ? String.fromCharCode(byte)
          : `%${anyCase(hexOf(byte), random)}`,
      ),
  },
  {
    name: "percent (twice)",
    kind: "url",
    encode: (value) => encodeURIComponent(eachByte(value, (byte) => `%${hexOf(byte)}`)),
  },
  { name: "base64url", kind: "url", encode: (value) => utf8(value).toString("base64url") },
  {
    name: "base64url (one byte before)",
    kind: "url",
    encode: (value) => utf8(`:${value}`).toString("base64url"),
  },
  {
    name: "base64url (two bytes before)",
    kind: "url",
    encode: (value) => utf8(`k=${value}&`).toString("base64url"),
  },
  {
    name: "base64, percent",
    kind: "url",
    encode: (value) => encodeURIComponent(utf8(`u:${value}`).toString("base64")),
  },
  {
    name: "base64 twice",
    kind: "url",
    encode: (value) => utf8(utf8(`a${value}`).toString("base64url")).toString("base64url"),
  },
  { name: "hex", kind: "url", encode: (value) => utf8(value).toString("hex") },
  {
    name: "hex (upper case)",
    kind: "url",
    encode: (value) => utf8(value).toString("hex").toUpperCase(),
  },
  {
    name: "hex (mixed case)",
    kind: "url",
    encode: (value, random) => anyCase(utf8(value).toString("hex"), random),
  },
  {
    name: "hex (colons)",
    kind: "url",
    encode: (value) => Array.from(utf8(value), hexOf).join(":"),
  },
];

const line: readonly Encoding[] = [
  { name: "base64", kind: "line", encode: (value) => utf8(value).toString("base64") },
  {
    name: "base64 of UTF-16",
    kind: "line",
    encode: (value) => Buffer.from(value, "utf16le").toString("base64"),
  },
  {
    name: "hex (blanks)",
    kind: "line",
    encode: (value) => Array.from(utf8(value), hexOf).join(" "),
  },
  {
    name: "hex (\\x)",
    kind: "line",
    encode: (value) => eachByte(value, (byte) => `\\x${hexOf(byte)}`),
  },
  {
    name: "hex (0x, commas)",
    kind: "line",
    encode: (value) => Array.from(utf8(value), (byte) => `0x${hexOf(byte)}`).join(", "),
  },
  {
    name: "JSON",
    kind: "line",
    encode: (value) => JSON.stringify(value).slice(1, -1).replaceAll("/", "\\/"),
  },
  {
    name: "JSON (\\u, all)",
    kind: "line",
    encode: (value) => eachChar(value, (code) => `\\u${code.toString(16).padStart(4, "0")}`),
  },
  {
    name: "JSON (\\u, some)",
    kind: "line",
    encode: (value, random) =>
      eachChar(value, (code) =>
        code < 0x7f && !'"\\'.includes(String.fromCharCode(code)) && random.below(2) === 0
          ? String.fromCharCode(code)
          : `\\u${code.toString(16).padStart(4, "0").toUpperCase()}`,
      ),
  },
  {
    name: "JSON twice",
    kind: "line",
    encode: (value) =>
      JSON.stringify(eachChar(value, (code) => `\\u${code.toString(16).padStart(4, "0")}`)).slice(
        1,
        -1,
      ),
  },
  {
    name: "octal",
    kind: "line",
    encode: (value) => eachByte(value, (byte) => `\\${byte.toString(8).padStart(3, "0")}`),
  },
  {
    name: "HTML (decimal)",
    kind: "line",
    encode: (value) => eachChar(value, (code) => `&#${code};`),
  },
  {
    name: "HTML (hex)",
    kind: "line",
    encode: (value) => eachChar(value, (code) => `&#x${code.toString(16)};`),
  },
  {
    name: "HTML (names)",
    kind: "line",
    encode: (value) =>
      value
        .replaceAll("&", "&amp;")
        .replaceAll("/", "&sol;")
        .replaceAll("+", "&plus;")
        .replaceAll("-", "&hyphen;")
        .replaceAll("_", "&lowbar;"),
  },
  { name: "list of bytes", kind: "line", encode: (value) => JSON.stringify([...utf8(value)]) },
];

const text: readonly Encoding[] = [
  {
    name: "base64 (MIME lines)",
    kind: "text",
    encode: (value) => wrapped(utf8(filler(99) + value).toString("base64"), 76, "\r\n"),
  },
  {
    name: "base64 (narrow lines)",
    kind: "text",
    encode: (value) => wrapped(utf8(value).toString("base64"), 8, "\n  "),
  },
  {
    name: "base64 (lines in JSON)",
    kind: "text",
    encode: (value) => wrapped(utf8(value).toString("base64"), 16, "\\n"),
  },
  {
    name: "quoted-printable",
    kind: "text",
    encode: (value) =>
      wrapped(
        eachByte(value, (byte) =>
          ascii(String.fromCharCode(byte)) && byte !== 61
            ? String.fromCharCode(byte)
            : `=${hexOf(byte).toUpperCase()}`,
        ),
        9,
        "=\r\n",
      ),
  },
  {
    name: "quoted-printable (all)",
    kind: "text",
    encode: (value) => eachByte(value, (byte) => `=${hexOf(byte).toUpperCase()}`),
  },
  {
    name: "base64 of gzip",
    kind: "text",
    encode: (value) => gzipSync(packed(value)).toString("base64"),
  },
  {
    name: "base64url of zlib",
    kind: "text",
    encode: (value) => deflateSync(packed(value)).toString("base64url"),
  },
];

const bytes: readonly Encoding[] = [
  { name: "UTF-16", kind: "bytes", encode: (value) => Buffer.from(value, "utf16le") },
  { name: "gzip", kind: "bytes", encode: (value) => gzipSync(packed(value)) },
  { name: "gzip twice", kind: "bytes", encode: (value) => gzipSync(gzipSync(packed(value))) },
  { name: "zlib", kind: "bytes", encode: (value) => deflateSync(packed(value), { level: 9 }) },
  {
    name: "gzip (fixed codes)",
    kind: "bytes",
    encode: (value) => gzipSync(packed(value), { strategy: 4 }),
  },
];

/** Plain first. */
export const encodings: readonly Encoding[] = [
  { name: "as it is", kind: "line", encode: (value) => value },
  ...url,
  ...line,
  ...text,
  ...bytes,
];
