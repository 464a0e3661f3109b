/** The labelled set: what must be refused, and what must not be. Made from fixed seeds, the same in every run. */
import { carriers } from "./carriers.ts";
import type { Carrier, SetRequest } from "./carriers.ts";
import { encodings } from "./encodings.ts";
import { lookAlikes } from "./look-alikes.ts";
import { createRandom } from "./random.ts";
import { tokens } from "./tokens.ts";
import { values } from "./values.ts";

export interface SetCase {
  readonly carrier: string;
  /** How it is written: the encoding of a value, `token`, or what the look-alike is. */
  readonly written: string;
  /** The name of what must be found; undefined: nothing. */
  readonly wanted: string | undefined;
  readonly request: SetRequest;
  /** Bytes of each part in which the body comes. */
  readonly partSize: number;
}

const partSizes = [1, 2, 5, 17, 64, 1000, 100_000];

const bytesOf = (content: string | Buffer): Buffer =>
  typeof content === "string" ? Buffer.from(content, "utf8") : content;

function carried(kind: string, index: number, count: number): readonly Carrier[] {
  const able = carriers.filter(({ kinds }) => (kinds as readonly string[]).includes(kind));
  return Array.from(
    { length: Math.min(count, able.length) },
    (_, at) => able[(index + at) % able.length] as Carrier,
  );
}

/** Every encoding of a value in every carrier that can carry it. */
function valueCases(): readonly SetCase[] {
  return encodings.flatMap((encoding, row) =>
    carriers
      .filter(({ kinds }) => kinds.includes(encoding.kind))
      .map((carrier, column) => {
        const random = createRandom(row * 1000 + column);
        const able =
          encoding.name === "as it is"
            ? values.filter(({ value }) => !value.includes('"'))
            : values;
        const { name, value } = able[(row + column) % able.length] as (typeof values)[number];
        return {
          carrier: carrier.name,
          written: encoding.name,
          wanted: name,
          request: carrier.request(bytesOf(encoding.encode(value, random))),
          partSize: partSizes[(row + column) % partSizes.length] as number,
        };
      }),
  );
}

/** Every format of a token, in some carriers. */
function tokenCases(): readonly SetCase[] {
  return tokens.flatMap(([name, make], row) => {
    const content = make(createRandom(50_000 + row));
    const kind = content.includes("\n") ? "text" : /[ "+/=]/.test(content) ? "line" : "url";
    return carried(kind, row, 3).map((carrier, column) => ({
      carrier: carrier.name,
      written: "token",
      wanted: name,
      request: carrier.request(bytesOf(content)),
      partSize: partSizes[(row + column) % partSizes.length] as number,
    }));
  });
}

function falseCases(): readonly SetCase[] {
  return lookAlikes.flatMap((one, row) =>
    carriers
      .filter(({ kinds }) => kinds.includes(one.kind))
      .flatMap((carrier, column) =>
        [0, 1].map((again) => ({
          carrier: carrier.name,
          written: one.name,
          wanted: undefined,
          request: carrier.request(
            bytesOf(one.make(createRandom(90_000 + row * 100 + column * 2 + again))),
          ),
          partSize: partSizes[(row + column + again) % partSizes.length] as number,
        })),
      ),
  );
}

export const trueCases: readonly SetCase[] = [...valueCases(), ...tokenCases()];
export const falseOnes: readonly SetCase[] = falseCases();
