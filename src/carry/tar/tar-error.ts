/** The archive is not one that is taken: broken, cut off, or meant to lead somewhere else. */
export class TarError extends Error {}
