/** What the bottles of a test file are made with besides their rung; a file that has a daemon with networks says so (docker/suite.ts). */

export interface Target {
  readonly link?: string;
}

/** Keys of a bottle in a manifest, beside its rung. */
export function target(): Target {
  const link = process.env["BOTTLE_TEST_LINK"];
  return link === undefined ? {} : { link };
}

/** Where a test's server listens so that a bottle's gateway reaches it. */
export function upstreamAddress(): string {
  return process.env["BOTTLE_TEST_UPSTREAM"] ?? "127.0.0.1";
}
