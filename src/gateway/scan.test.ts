import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodedForms } from "./encodings.ts";
import { createScanner } from "./scan.ts";
import type { Scanner } from "./scan.ts";

const values = [
  { name: "canary", value: "canary-7f3a/9=value" },
  { name: "region", value: "eu-central-private" },
];
const scanner = createScanner(values);

function stream(
  over: Scanner,
  chunks: readonly Buffer[],
): { out: Buffer; hit: string | undefined } {
  const open = over.stream();
  const steps = [...chunks.map((chunk) => open.push(chunk)), open.flush()];
  return {
    out: Buffer.concat(steps.map((step) => step.out)),
    hit: steps.find((step) => step.hit !== undefined)?.hit,
  };
}

function cutAt(data: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), data.length];
  return edges.slice(1).map((edge, index) => data.subarray(edges[index], edge));
}

describe("scanner", () => {
  it.each(values)("finds $name in each of its forms, in text and in bytes", ({ name, value }) => {
    for (const form of encodedForms(value)) {
      expect(scanner.find(Buffer.concat([Buffer.from("x="), form, Buffer.from("&y")]))).toBe(name);
      expect(scanner.find(`GET /?q=${form.toString("latin1")} HTTP/1.1`)).toBe(name);
    }
  });

  it("finds nothing in what only resembles a value", () => {
    expect(
      scanner.find("canary-7f3a/9=valu canary eu-central-1 eu-central-privat"),
    ).toBeUndefined();
    expect(scanner.find("")).toBeUndefined();
  });

  it("finds a value outside ASCII in decoded text and in text of one character for each byte", () => {
    const accented = createScanner([{ name: "accented", value: "pässwörd-long" }]);
    expect(accented.find("x pässwörd-long")).toBe("accented");
    expect(accented.find(Buffer.from("x pässwörd-long").toString("latin1"))).toBe("accented");
  });

  it("does not look for values of fewer than 8 characters", () => {
    expect(createScanner([{ name: "zone", value: "eu-west" }]).find("eu-west")).toBeUndefined();
    expect(createScanner([{ name: "zone", value: "eu-west1" }]).find("eu-west1")).toBe("zone");
  });

  it("looks for the beginning of a very long value", () => {
    const long = Array.from({ length: 3000 }, (_, index) => `${index},`).join("");
    const over = createScanner([{ name: "long", value: long }]);
    expect(over.find(`body ${long}`)).toBe("long");
    expect(over.find(long.slice(0, 4000))).toBeUndefined();
  });

  it("lets no byte of a value out of a stream, wherever the stream is cut", () => {
    const forms = values.flatMap(({ name, value }) =>
      encodedForms(value).map((form) => ({ name, form })),
    );
    const scenario = fc
      .tuple(
        fc.constantFrom(...forms),
        fc.uint8Array({ maxLength: 200 }),
        fc.uint8Array({ maxLength: 50 }),
      )
      .chain(([{ name, form }, before, after]) => {
        const data = Buffer.concat([before, form, after]);
        return fc.tuple(
          fc.constant({ name, data, start: before.length }),
          fc.array(fc.nat(data.length), { maxLength: 8 }),
        );
      });
    fc.assert(
      fc.property(scenario, ([{ name, data, start }, cuts]) => {
        const { out, hit } = stream(scanner, cutAt(data, cuts));
        expect(hit).toBe(name);
        expect(out.length).toBeLessThanOrEqual(start);
        expect(out.equals(data.subarray(0, out.length))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("leaves a stream without a value byte for byte as it is", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.array(fc.nat(600), { maxLength: 8 }),
        (bytes, cuts) => {
          const data = Buffer.from(bytes);
          const { out, hit } = stream(
            scanner,
            cutAt(
              data,
              cuts.map((cut) => Math.min(cut, data.length)),
            ),
          );
          expect(hit).toBeUndefined();
          expect(out.equals(data)).toBe(true);
        },
      ),
    );
  });

  it("sends nothing after a hit", () => {
    const open = scanner.stream();
    expect(open.push(Buffer.from("eu-central-private")).hit).toBe("region");
    expect(open.push(Buffer.alloc(10_000, 65))).toEqual({ out: Buffer.alloc(0), hit: "region" });
    expect(open.flush()).toEqual({ out: Buffer.alloc(0), hit: "region" });
  });

  it("holds nothing back when there is nothing to look for", () => {
    const chunk = Buffer.from("body");
    expect(createScanner([]).stream().push(chunk).out.toString()).toBe("body");
  });
});
