/** The receipt of a bottle: what its last run took, and before it, oldest first, what the earlier ones took. */

type Fields = Readonly<Record<string, unknown>>;

/** Earlier runs that a receipt keeps. */
const maxEarlier = 100;

/** The receipt of run `run` within a receipt's file, if it is there. */
export function receiptOfRun(fields: Fields | undefined, run: number): Fields | undefined {
  if (fields === undefined) return undefined;
  if ((fields["run"] ?? 1) === run) return fields;
  return earlierRuns(fields).find((one) => (one["run"] ?? 1) === run);
}

/** What the next run's receipt says of those before it. */
export function earlierRuns(fields: Fields | undefined): readonly Fields[] {
  const earlier = fields?.["earlier"];
  if (!Array.isArray(earlier)) return [];
  return earlier.filter((one): one is Fields => typeof one === "object" && one !== null);
}

/** `before` joins the earlier ones. */
export function withEarlier(receipt: Fields, before: Fields | undefined): Fields {
  if (before === undefined) return receipt;
  const { earlier: _, version: __, ...last } = before;
  return { ...receipt, earlier: [...earlierRuns(before), last].slice(-maxEarlier) };
}
