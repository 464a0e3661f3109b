import fc from "fast-check";
import { expect, test } from "vitest";
import { Refusal } from "../refusal.ts";
import { findHeadEnd } from "./head-end.ts";
import { parseRequestHead } from "./request-head.ts";

const parse = (text: string) => parseRequestHead(Buffer.from(text, "latin1"), 200);
const host = "Host: example.org";

const accepted: readonly (readonly [string, string])[] = [
  ["a plain request", `GET / HTTP/1.1\r\n${host}`],
  ["bytes above ASCII in a value", `GET / HTTP/1.1\r\n${host}\r\nX-Name: caf\xe9`],
  ["an empty value", `GET / HTTP/1.1\r\n${host}\r\nX-Empty:`],
  ["blanks around a value", `GET / HTTP/1.1\r\n${host}\r\nX-Blank: \t v \t`],
  ["an odd but legal method", `M-SEARCH / HTTP/1.1\r\n${host}`],
  ["CONNECT by HTTP/1.0 without host", "CONNECT example.org:443 HTTP/1.0"],
  ["one content-length", `POST / HTTP/1.1\r\n${host}\r\nContent-Length: 5`],
  ["chunked", `POST / HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked`],
];

test.each(accepted)("%s is read", (_name, text) => {
  expect(parse(text).method).toBe(text.slice(0, text.indexOf(" ")));
});

const refused: readonly (readonly [string, string])[] = [
  ["no host", "GET / HTTP/1.1"],
  ["two hosts", `GET / HTTP/1.1\r\n${host}\r\nhost: example.org`],
  ["two different hosts", `GET / HTTP/1.1\r\n${host}\r\nHOST: evil.example`],
  [
    "content-length and transfer-encoding",
    `POST / HTTP/1.1\r\n${host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked`,
  ],
  [
    "transfer-encoding and content-length",
    `POST / HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\nContent-Length: 5`,
  ],
  [
    "two equal content-lengths",
    `POST / HTTP/1.1\r\n${host}\r\nContent-Length: 5\r\nContent-Length: 5`,
  ],
  [
    "two different content-lengths",
    `POST / HTTP/1.1\r\n${host}\r\nContent-Length: 5\r\nContent-Length: 6`,
  ],
  ["a list as content-length", `POST / HTTP/1.1\r\n${host}\r\nContent-Length: 5, 5`],
  ["a sign before content-length", `POST / HTTP/1.1\r\n${host}\r\nContent-Length: +5`],
  ["a negative content-length", `POST / HTTP/1.1\r\n${host}\r\nContent-Length: -5`],
  ["a hex content-length", `POST / HTTP/1.1\r\n${host}\r\nContent-Length: 0x5`],
  ["an empty content-length", `POST / HTTP/1.1\r\n${host}\r\nContent-Length:`],
  ["a huge content-length", `POST / HTTP/1.1\r\n${host}\r\nContent-Length: 99999999999999999999`],
  [
    "two transfer-encodings",
    `POST / HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked`,
  ],
  ["identity", `POST / HTTP/1.1\r\n${host}\r\nTransfer-Encoding: identity`],
  ["a list of codings", `POST / HTTP/1.1\r\n${host}\r\nTransfer-Encoding: gzip, chunked`],
  ["chunked not last", `POST / HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked, identity`],
  ["a hidden byte in chunked", `POST / HTTP/1.1\r\n${host}\r\nTransfer-Encoding: \x0bchunked`],
  ["quoted chunked", `POST / HTTP/1.1\r\n${host}\r\nTransfer-Encoding: "chunked"`],
  ["a space before the colon", `POST / HTTP/1.1\r\n${host}\r\nContent-Length : 5`],
  ["a tab before the colon", `POST / HTTP/1.1\r\n${host}\r\nX-A\t: 5`],
  ["a folded line", `GET / HTTP/1.1\r\n${host}\r\nX-A: b\r\n c`],
  ["a folded first line", `GET / HTTP/1.1\r\n ${host}`],
  ["a field without colon", `GET / HTTP/1.1\r\n${host}\r\nX-A`],
  ["a field without name", `GET / HTTP/1.1\r\n${host}\r\n: b`],
  ["a zero byte in a value", `GET / HTTP/1.1\r\n${host}\r\nX-A: b\0c`],
  ["a zero byte in a name", `GET / HTTP/1.1\r\n${host}\r\nX\0A: b`],
  ["a bare CR in a value", `GET / HTTP/1.1\r\n${host}\r\nX-A: b\rX-B: c`],
  ["a bare LF in a value", `GET / HTTP/1.1\r\n${host}\r\nX-A: b\nX-B: c`],
  ["a delete byte in a value", `GET / HTTP/1.1\r\n${host}\r\nX-A: \x7f`],
  ["a byte above ASCII in a name", `GET / HTTP/1.1\r\n${host}\r\nX-\xe9: b`],
  ["HTTP/1.0", `GET / HTTP/1.0\r\n${host}`],
  ["HTTP/0.9", "GET /"],
  ["HTTP/2.0", "PRI * HTTP/2.0"],
  ["another minor version", `GET / HTTP/1.2\r\n${host}`],
  ["a small-letter version", `GET / http/1.1\r\n${host}`],
  ["a small-letter method", `get / HTTP/1.1\r\n${host}`],
  ["a method with odd bytes", `GE(T / HTTP/1.1\r\n${host}`],
  ["two spaces after the method", `GET  / HTTP/1.1\r\n${host}`],
  ["two spaces before the version", `GET /  HTTP/1.1\r\n${host}`],
  ["a space in the target", `GET /a b HTTP/1.1\r\n${host}`],
  ["a tab in the target", `GET /a\tb HTTP/1.1\r\n${host}`],
  ["a fragment in the target", `GET /a#b HTTP/1.1\r\n${host}`],
  ["a backslash in the target", `GET /a\\b HTTP/1.1\r\n${host}`],
  ["a byte above ASCII in the target", `GET /\xe9 HTTP/1.1\r\n${host}`],
  ["an empty target", `GET  HTTP/1.1\r\n${host}`],
  ["a space after the version", `GET / HTTP/1.1 \r\n${host}`],
  ["TRACE", `TRACE / HTTP/1.1\r\n${host}`],
  ["an unknown expectation", `POST / HTTP/1.1\r\n${host}\r\nExpect: 200-ok`],
  [
    "an upgrade to h2c",
    `GET / HTTP/1.1\r\n${host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk`,
  ],
  ["h2c among upgrades", `GET / HTTP/1.1\r\n${host}\r\nUpgrade: websocket, H2C`],
  ["connection naming host", `GET / HTTP/1.1\r\n${host}\r\nConnection: close, Host`],
  [
    "connection naming content-length",
    `POST / HTTP/1.1\r\n${host}\r\nConnection: content-length\r\nContent-Length: 3`,
  ],
  [
    "CONNECT with a body",
    `CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nContent-Length: 3`,
  ],
];

test.each(refused)("%s is refused", (_name, text) => {
  expect(() => parse(text)).toThrow(Refusal);
});

test("more header fields than the limit are refused", () => {
  const fields = (count: number): string =>
    `GET / HTTP/1.1\r\n${host}${"\r\nX-A: b".repeat(count)}`;
  expect(parse(fields(199)).fields.size).toBe(200);
  expect(() => parse(fields(200))).toThrow(Refusal);
});

const token = fc
  .stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/)
  .filter(
    (name) =>
      !/^(host|content-length|transfer-encoding|connection|expect|upgrade|http2-settings)$/i.test(
        name,
      ),
  );
const value = fc
  .stringMatching(/^[\x21-\x7e\xa0-\xff][\x20-\x7e\xa0-\xff]{0,20}$/)
  .map((text) => text.trimEnd());

test("every field of a well-formed head is read as it was written", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(token, value), { maxLength: 20 }), (fields) => {
      const lines = fields.map(([name, text]) => `\r\n${name}: ${text}`).join("");
      const head = parse(`GET / HTTP/1.1\r\n${host}${lines}`);
      expect(head.fields.names.slice(1)).toEqual(fields.map(([name]) => name));
      expect(head.fields.values.slice(1)).toEqual(fields.map(([, text]) => text));
    }),
  );
});

test("whatever the bytes are, a head is read or refused, and what is read holds no line break", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "GET",
      "POST",
      " ",
      "/",
      "HTTP/1.1",
      "\r\n",
      "\r",
      "\n",
      ":",
      "Host",
      "x",
      "\0",
      "\t",
      "Content-Length: 1",
      "Transfer-Encoding: chunked",
    ),
    fc.string({ maxLength: 3, unit: "binary" }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = `GET / HTTP/1.1\r\n${host}\r\n${pieces.join("")}`;
      try {
        const { fields } = parse(text);
        for (const part of [...fields.names, ...fields.values])
          expect(part).not.toMatch(/[\r\n\0]/);
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
      }
    }),
  );
});

test("the end of a head is found, and what can never be right is refused before it ends", () => {
  const find = (text: string) => findHeadEnd(Buffer.from(text, "latin1"), 100);
  expect(find("GET / HTTP/1.1\r\nHost: a\r\n\r\nrest")).toBe(23);
  expect(find("GET / HTTP/1.1\r\nHost: a\r\n\r")).toBe(-1);
  expect(() => find("GET / HTTP/1.1\nHost: a\n\n")).toThrow(Refusal);
  expect(() => find("x".repeat(101))).toThrow(Refusal);
  expect(() => find(`${"x".repeat(101)}\r\n\r\n`)).toThrow(Refusal);
});
