/** The owner's JSON files, as far as they are objects. */
import { refused, shown } from "./basket.ts";
import type { Basket } from "./basket.ts";

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined if the file is not there. */
export function readFields(basket: Basket, path: string): Fields | undefined {
  const text = basket.text(path)?.toString("utf8");
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    // Told below.
  }
  if (isFields(value)) return value;
  throw refused(`${shown(path)} is not a JSON object.`, "Correct it, or do not bring this part.");
}
