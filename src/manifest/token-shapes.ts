/** Shapes of provider tokens: a value like these must never stand in a manifest or in the agent's environment, nor leave. */
import { cloudShapes } from "./shapes/cloud-shapes.ts";
import { forgeShapes } from "./shapes/forge-shapes.ts";
import { keyShapes } from "./shapes/key-shapes.ts";
import { measured, tokenAt } from "./shapes/measure.ts";
import type { MeasuredShape } from "./shapes/measure.ts";
import { modelShapes } from "./shapes/model-shapes.ts";
import { serviceShapes } from "./shapes/service-shapes.ts";
import type { TokenShape } from "./shapes/shape.ts";

export type { TokenShape } from "./shapes/shape.ts";

/** All of them, with their tables. */
export const tokenShapes: readonly MeasuredShape[] = [
  ...modelShapes,
  ...forgeShapes,
  ...cloudShapes,
  ...serviceShapes,
  ...keyShapes,
].map(measured);

/** The first token shape found anywhere in the text, so that it can be refused without being shown. */
export function tokenShape(text: string): TokenShape | undefined {
  const data = Buffer.from(text, "utf8");
  return tokenShapes.find((one) =>
    one.shape.begins.some((begin) => {
      for (let at = data.indexOf(begin); at >= 0; at = data.indexOf(begin, at + 1))
        if (tokenAt(one, data, at, at + begin.length, "loose", true) === "yes") return true;
      return false;
    }),
  )?.shape;
}

/** False if `tokenShape` surely finds nothing. */
export function mayHoldToken(text: string): boolean {
  return beginnings.test(text);
}

/** One pass over a long text instead of one for each. */
const beginnings: RegExp = new RegExp(
  tokenShapes
    .flatMap(({ shape }) => shape.begins)
    .map((begin) => begin.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"))
    .join("|"),
);
