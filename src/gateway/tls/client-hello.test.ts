/** Greetings of TLS: cut anywhere, as long as post-quantum key shares make them, and as a hijacked agent would write them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  captureHello,
  helloMessage,
  nameExtension,
  records,
} from "../../../tests/support/hello.ts";
import { HelloError, createHelloReader } from "./client-hello.ts";

/** The name, or the code of the refusal; undefined where more is waited for. */
function read(chunks: readonly Buffer[]): string | undefined {
  const reader = createHelloReader();
  try {
    for (const chunk of chunks) {
      const name = reader.push(chunk);
      if (name !== undefined) return name;
    }
  } catch (error) {
    if (error instanceof HelloError) return error.code;
    throw error;
  }
  return undefined;
}

const grease = { type: 0x3a3a, data: Buffer.alloc(1) };
/** X25519MLKEM768 beside X25519: 1,216 and 32 bytes. */
const keyShares = { type: 51, data: Buffer.alloc(1260, 5) };
const name = nameExtension("host.example");

describe("a greeting", () => {
  test("of Node's own client is read", async () => {
    expect(read([await captureHello("host.example")])).toBe("host.example");
    expect(read([await captureHello("")])).toBe("sni-missing");
  });

  test("with post-quantum key shares and GREASE is read wherever records and segments are cut", () => {
    const message = helloMessage([grease, keyShares, name, grease]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (size, cuts) => {
          const bytes = records(message, size);
          const places = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
          const chunks = [...places, bytes.length].map((to, index) =>
            bytes.subarray(places[index - 1] ?? 0, to),
          );
          expect(read(chunks)).toBe("host.example");
        },
      ),
      { seed: 20_261_124, numRuns: 200 },
    );
  });

  test("of almost 64 KiB is read, and a longer one is not", () => {
    const long = (size: number): Buffer =>
      records(helloMessage([name, { type: 21, data: Buffer.alloc(size) }]), 16_384);
    expect(read([long(60_000)])).toBe("host.example");
    expect(read([long(65_500)])).toBe("not-tls");
  });

  test.each<[string, Buffer, string]>([
    ["without a name", helloMessage([keyShares]), "sni-missing"],
    [
      "with two names in one list",
      helloMessage([nameExtension("host.example", "evil.example")]),
      "sni-mismatch",
    ],
    [
      "with two lists of names",
      helloMessage([name, nameExtension("evil.example")]),
      "sni-mismatch",
    ],
    [
      "with another kind of name",
      helloMessage([{ type: 0, data: Buffer.from([0, 4, 1, 0, 1, 97]) }]),
      "sni-mismatch",
    ],
    [
      "with an encrypted greeting inside",
      helloMessage([name, { type: 0xfe0d, data: Buffer.alloc(100) }]),
      "sni-mismatch",
    ],
    [
      "whose list of names is empty",
      helloMessage([{ type: 0, data: Buffer.from([0, 0]) }]),
      "not-tls",
    ],
    [
      "whose name is longer than its list",
      helloMessage([{ type: 0, data: Buffer.from([0, 3, 0, 0, 9]) }]),
      "not-tls",
    ],
    ["that is another message", Buffer.from([2, 0, 0, 0]), "not-tls"],
    ["that something follows", Buffer.concat([helloMessage([name]), Buffer.from([1])]), "not-tls"],
  ])("%s is refused", (_name, message, code) => {
    expect(read([records(message, 16_384)])).toBe(code);
  });

  test.each<[string, Buffer]>([
    ["another kind of record", Buffer.from([0x17, 3, 1, 0, 1, 1])],
    ["another version", Buffer.from([0x16, 2, 0, 0, 1, 1])],
    ["an empty record", Buffer.from([0x16, 3, 1, 0, 0])],
    ["a record that is too long", Buffer.from([0x16, 3, 1, 0x40, 1])],
  ])("in %s is refused", (_name, bytes) => {
    expect(read([bytes])).toBe("not-tls");
  });

  test("of any bytes is read, refused, or waited for, and never longer than its bound", () => {
    const message = helloMessage([grease, name]);
    fc.assert(
      fc.property(fc.nat({ max: 200 }), fc.uint8Array({ maxLength: 80 }), (at, noise) => {
        const bytes = records(message, 64);
        Buffer.from(noise).copy(bytes, at % bytes.length);
        expect([
          "host.example",
          "not-tls",
          "sni-missing",
          "sni-mismatch",
          undefined,
        ]).toContainEqual(onlyKnown(read([bytes])));
      }),
      { seed: 20_261_124, numRuns: 3000 },
    );
  });
});

/** Noise may have made another name of it. */
function onlyKnown(result: string | undefined): string | undefined {
  return result !== undefined &&
    result.length === "host.example".length &&
    !result.startsWith("sni-")
    ? "host.example"
    : result;
}
