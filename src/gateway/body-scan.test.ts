import fc from "fast-check";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createBodyScan } from "./body-scan.ts";
import type { Coding } from "./http/coding.ts";
import { createScanner } from "./scan.ts";

const secret = "tok-Zq3/9+xyz_0123456789abcdef";
const scanner = createScanner([{ name: "token", value: secret }]);
const limits = { unpacked: 64 << 20, unpackedRatio: 100, unpackedFree: 1 << 20 };

interface Cut {
  readonly codings?: readonly Coding[];
  readonly size?: number;
}

interface Scanned {
  readonly out: Buffer;
  readonly end: string;
}

/** What went out, and how it ended: the same whether or not the last part is known to be the last. */
function scanned(data: Buffer, options: Cut = {}): Scanned {
  const plain = scannedBy(data, options, false);
  const known = scannedBy(data, options, true);
  expect(known.end).toBe(plain.end);
  if (plain.end === "passed") expect(known.out.equals(plain.out)).toBe(true);
  return plain;
}

function scannedBy(data: Buffer, options: Cut, knowsLast: boolean): Scanned {
  const { codings = [], size = data.length } = options;
  const scan = createBodyScan({
    codings,
    limits,
    watches: () => [
      {
        stream: scanner.stream(),
        hit: (name) => {
          throw new Error(`hit: ${name}`);
        },
      },
    ],
  });
  const out: Buffer[] = [];
  try {
    let at = 0;
    const end = knowsLast ? data.length - size : data.length;
    for (; at < end; at += size) out.push(scan.push(data.subarray(at, at + size)));
    out.push(scan.end(knowsLast ? data.subarray(at) : undefined));
    return { out: Buffer.concat(out), end: "passed" };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { out: Buffer.concat(out), end: code ?? message };
  }
}

const noise = (size: number): Buffer => {
  let state = 12_345;
  return Buffer.from(
    Array.from({ length: size }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    }),
  );
};
const text = Buffer.from(`{"note": "${"words ".repeat(200)}", "key": "${secret}", "more": "x"}`);

describe("a compressed body", () => {
  const packed: readonly (readonly [string, readonly Coding[], Buffer])[] = [
    ["gzip", ["gzip"], gzipSync(text)],
    ["zlib as deflate", ["deflate"], deflateSync(text)],
    ["the stream alone as deflate", ["deflate"], deflateRawSync(text)],
    ["gzip twice", ["gzip", "gzip"], gzipSync(gzipSync(text))],
    ["gzip in deflate", ["deflate", "gzip"], deflateSync(gzipSync(text))],
    ["two members of gzip", ["gzip"], Buffer.concat([gzipSync("innocent"), gzipSync(text)])],
    ["gzip twice, once declared", ["gzip"], gzipSync(gzipSync(text))],
    ["gzip that nobody declared", [], gzipSync(text)],
    [
      "gzip in a form",
      [],
      Buffer.concat([Buffer.from("--b\r\n\r\n"), gzipSync(text), Buffer.from("\r\n--b--")]),
    ],
    ["an object of git", [], Buffer.concat([noise(300), deflateSync(text), noise(300)])],
    [
      "gzip in gzip in a form",
      [],
      Buffer.concat([noise(99), gzipSync(Buffer.concat([noise(50), gzipSync(text)]))]),
    ],
    ["base64 of gzip", [], Buffer.from(`{"data":"${gzipSync(text).toString("base64")}"}`)],
    ["base64url of zlib", [], Buffer.from(`{"data":"${deflateSync(text).toString("base64url")}"}`)],
    [
      "base64 of gzip in lines",
      [],
      Buffer.from(gzipSync(text).toString("base64").replace(/.{60}/g, "$&\r\n")),
    ],
  ];

  it.each(packed)("%s: the value is found, wherever it is cut", (_name, codings, data) => {
    for (const size of [1, 2, 3, 7, 64, data.length])
      expect(scanned(data, { codings, size }).end).toBe("hit: token");
  });

  it.each(packed)(
    "%s: nothing of it goes out that the value could be unpacked from",
    (_name, codings, data) => {
      for (const size of [1, 7, 40]) {
        const { out } = scanned(data, { codings, size });
        expect(scanned(out, { size: 1000 }).end).toBe("passed");
        expect(out.length).toBeLessThan(data.length);
      }
    },
  );

  it("without the value goes out byte for byte", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000 }),
        fc.integer({ min: 1, max: 500 }),
        (bytes, size) => {
          const data = gzipSync(bytes);
          expect(scanned(data, { codings: ["gzip"], size })).toEqual({ out: data, end: "passed" });
          expect(scanned(data, { size })).toEqual({ out: data, end: "passed" });
          expect(scanned(Buffer.from(bytes), { size }).out.equals(Buffer.from(bytes))).toBe(true);
        },
      ),
    );
  });

  it.each([
    ["a bomb", gzipSync(Buffer.alloc(200 << 20), { level: 9 })],
    ["a bomb in a bomb", gzipSync(gzipSync(Buffer.alloc(200 << 20), { level: 9 }), { level: 9 })],
    ["what is no gzip", Buffer.from("plain")],
    ["half of it", gzipSync(noise(500)).subarray(0, 300)],
    ["something behind its end", Buffer.concat([gzipSync("body"), Buffer.from("tail")])],
  ])("%s, declared as gzip, cannot be read, and next to nothing of it goes out", (_name, data) => {
    const { out, end } = scanned(data, { codings: ["gzip"], size: 16 * 1024 });
    expect(end).toBe("unreadable-body");
    expect(out.length).toBeLessThan(64 * 1024);
  });

  it("a bomb that nobody declared cannot be read either", () => {
    expect(scanned(gzipSync(Buffer.alloc(100 << 20)), { size: 1 << 16 }).end).toBe(
      "unreadable-body",
    );
  });
});
