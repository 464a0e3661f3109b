/** Collects everything that is wrong with a manifest, each with its place, so that the owner mends it in one go. */
import type { ErrorCode } from "../errors/catalogue.ts";
import { BottleError, BottleErrors } from "../errors/error.ts";

/** What is wrong, without its place. */
export interface Problem {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why?: string;
  readonly next?: string;
}

export interface Report {
  /** Notes a problem at an offset of the text. */
  add(at: number, problem: Problem): void;
  /** Throws all problems in the order of the text, if there are any. */
  throwIfAny(): void;
}

/** More problems than anybody reads at once; the rest is found on the next run. */
const maxProblems = 50;

/** A report for one file; `place` turns an offset into a line and a column, both from 1. */
export function createReport(
  file: string,
  place: (at: number) => { readonly line: number; readonly column: number },
): Report {
  const found: { readonly at: number; readonly problem: Problem }[] = [];
  return {
    add(at, problem) {
      found.push({ at, problem });
    },
    throwIfAny() {
      if (found.length === 0) return;
      // What stands once and holds in several bottles is one fault.
      const once = new Map(found.map((one) => [`${one.at} ${one.problem.what}`, one]));
      const sorted = [...once.values()].toSorted((a, b) => a.at - b.at).slice(0, maxProblems);
      throw new BottleErrors(
        sorted.map(
          ({ at, problem }) => new BottleError({ ...problem, place: { file, ...place(at) } }),
        ),
      );
    },
  };
}
