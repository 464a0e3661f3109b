/** What is said at the end of a bottle that worked on the folder itself. All names come from the bottle, and are escaped. */
import { join } from "node:path";
import { escapeText } from "../terminal/print.ts";
import type { MountReport } from "../workspace/mount/base.ts";
import { readReport } from "../workspace/mount/ledger.ts";

/** Names that are said of one kind; the record has them all. */
const maxNamed = 10;

/** Nothing for any other bottle. `record` is the record's folder. */
export async function mountEnd(record: string): Promise<readonly string[]> {
  const report = await readReport(record);
  if (report === undefined) return [];
  const lines = [`its changes are in ${escapeText(report.folder)} itself`];
  const say = (what: string, paths: readonly string[]): void => {
    if (paths.length > 0) lines.push(`${what}: ${named(paths)}`);
  };
  const { taken = [], lost = [], changed = [], links = [], problems = [] } = report;
  say(
    "it was ended, because these were replaced from outside and lost their protection",
    lost.map(lostWords),
  );
  say(
    `taken out, and kept in ${escapeText(record)}`,
    taken.map(({ path, to }) => `${path} (${to})`),
  );
  say("changed, and run or obeyed by programs of yours: look at them first", changed);
  say("new links out of the folder", links);
  say(
    "see to it yourself",
    problems.map(({ path, why }) => `${path} ${why}`),
  );
  if (report.state !== "closed")
    lines.push(
      "what it planted was not looked for yet: bottle cleanup does, and so does the next start there",
    );
  else if (taken.length + changed.length + links.length > maxNamed)
    lines.push(`all of it is in ${escapeText(join(record, "mount.json"))}`);
  return lines;
}

function lostWords({ path, putBack }: NonNullable<MountReport["lost"]>[number]): string {
  return putBack ? `${path} (put back as it was)` : path;
}

function named(paths: readonly string[]): string {
  const shown = paths.slice(0, maxNamed).map(escapeText).join(", ");
  return paths.length > maxNamed ? `${shown}, and ${paths.length - maxNamed} more` : shown;
}
