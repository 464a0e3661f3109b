/** The archive is not one that is taken: broken, cut off, or meant to lead somewhere else. */
export class TarError extends Error {
  /** `what` is ours; no text of the archive is in it but in quotes. */
  constructor(what: string) {
    super(what);
  }
}
