/** Packs are read one after the other: each may need a good part of what memory there is, and a bottle can send many at once. */
import { readPack } from "./pack.ts";

export type ReadPack = typeof readPack;

export function createPackLine(): ReadPack {
  let last: Promise<void> = Promise.resolve();
  return (...pack) => {
    const mine = last.then(() => readPack(...pack));
    last = mine.catch(() => undefined);
    return mine;
  };
}
