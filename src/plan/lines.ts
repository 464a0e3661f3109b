/** Lines of the preflight, with how loud they are. */
import { wrap } from "./layout.ts";

export interface Line {
  readonly text: string;
  readonly tone: "plain" | "dim" | "warn";
}

/** A label, and what stands beside it. */
export interface Section {
  readonly label: string;
  readonly lines: readonly Line[];
}

export function plain(texts: readonly string[]): readonly Line[] {
  return texts.map((text) => ({ text, tone: "plain" }));
}

/** Text wrapped to the room there is, all in one tone. */
export function toned(tone: Line["tone"], text: string, columns: number): readonly Line[] {
  return wrap(text, columns).map((line) => ({ text: line, tone }));
}

export function orNone(texts: readonly string[], none: string): readonly Line[] {
  return texts.length > 0 ? plain(texts) : [{ text: none, tone: "dim" }];
}
