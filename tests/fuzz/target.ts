/** A parser of hostile bytes, with what must hold whatever it is given. */
export interface FuzzTarget {
  /** Names its folder of seeds too. */
  readonly name: string;
  /** Words of the format, to put in anywhere. */
  readonly words: readonly string[];
  /** Throws for a finding; what the parser refuses in its own way is none. */
  run(input: Buffer): void;
}

/** A statement that does not hold. */
export class Finding extends Error {}

export function hold(statement: boolean, what: string): void {
  if (!statement) throw new Finding(what);
}
