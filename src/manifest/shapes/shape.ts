/** What a token of a service looks like, by its published format: how it begins, of what it is made, and how long it is. */

export interface TokenShape {
  /** What it looks like, for the message. */
  readonly name: string;
  /** Which credential keeps it out of the bottle. */
  readonly instead: string;
  /** Each token has one of these in it, at its beginning. */
  readonly begins: readonly string[];
  /** What the rest is made of, such as `A-Za-z0-9_-`. */
  readonly body: string;
  /** So many characters of `body` are enough where a token must not be at all. */
  readonly loose: number;
  /** How many there are in a real one, at least and at most. */
  readonly length: readonly [least: number, most: number];
  /** Whether what looks like one is one: sums, and marks of its own. `rest` is what follows the beginning. */
  readonly check?: (rest: string) => boolean;
  /** The same where a token must not be at all; absent: nothing more is asked. */
  readonly looseCheck?: (rest: string) => boolean;
  /** More may follow than there is at most: so much is enough to know. */
  readonly endless?: boolean;
  /** Characters that may stand between the beginning and the rest. */
  readonly gap?: string;
  /** What follows the rest. */
  readonly after?: string;
  /** It may go on with letters before its beginning. */
  readonly within?: boolean;
  /** Looked for where tokens must not be at all, and not in what an agent sends: too much else looks like it. */
  readonly looseOnly?: boolean;
}

/** What most services are written as. */
export const asHeader: string =
  'a header credential: {host: …, header: "Authorization: Bearer {secret}", secret: "env:NAME"}';

/** A service that has a preset; `more`: what it must be told beside the secret. */
export function asPreset(name: string, more: string = ""): string {
  return `{preset: ${name}, ${more}secret: "env:NAME"} under credentials`;
}

export const word: string = "A-Za-z0-9_";
export const alphanumeric: string = "A-Za-z0-9";
export const dashed: string = "A-Za-z0-9_-";
export const base64: string = "A-Za-z0-9+/";
export const hex: string = "0-9a-f";

/** A shape whose parts are the usual ones. */
export function shape(
  name: string,
  begins: readonly string[],
  body: string,
  length: readonly [number, number],
  more: Partial<TokenShape> = {},
): TokenShape {
  return { name, instead: asHeader, begins, body, loose: Math.min(16, length[0]), length, ...more };
}
