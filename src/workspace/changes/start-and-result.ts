/** Two trees in the stage: what the bottle was given, and what it made of it. Only what differs from a commit is read. */
import type { SafeFolder } from "../safe-folder.ts";
import { emptyTree, handleOn, importCommits, treesOf } from "../stage/import-stream.ts";
import type { ImportStream } from "../stage/import-stream.ts";
import type { Stage } from "../stage/stage.ts";
import type { Sifted } from "./sift.ts";
import type { FoundFile, SkippedFile } from "./walk.ts";

export interface StartAndResult {
  readonly start: string;
  readonly result: string;
  /** What could not be read any more. */
  readonly skipped: readonly SkippedFile[];
}

export async function importStartAndResult(
  stage: Stage,
  options: {
    readonly base: string | undefined;
    readonly head: string | undefined;
    readonly work: SafeFolder;
    readonly owner: SafeFolder;
    readonly sifted: Sifted;
  },
): Promise<StartAndResult> {
  const { base, head, work, owner, sifted } = options;
  const skipped: SkippedFile[] = [];
  const { changed, deleted } = sifted;
  if (changed.length === 0 && deleted.length === 0 && sifted.start.size === 0)
    return { ...(await committedTrees(stage, base, head)), skipped };
  const commits = await importCommits(stage, "read the bottle's files", async (stream) => {
    await stream.commit(handleOn(head));
    for (const path of deleted) await stream.remove(path);
    for (const file of changed)
      if (!(await put(stream, work, file)))
        skipped.push({ path: file.path, reason: "it cannot be read", content: true });
    await stream.commit(handleOn(base));
    await writeStart(stream, owner, sifted);
  });
  const [made = "", started = ""] = [commits.get(1), commits.get(2)];
  const trees = await treesOf(stage, [made, started]);
  return { start: trees.get(started) ?? "", result: trees.get(made) ?? "", skipped };
}

async function committedTrees(
  stage: Stage,
  base: string | undefined,
  head: string | undefined,
): Promise<{ readonly start: string; readonly result: string }> {
  const trees = await treesOf(
    stage,
    [...new Set([base, head])].filter((id) => id !== undefined),
  );
  const none = emptyTree(stage);
  return { start: trees.get(base ?? "") ?? none, result: trees.get(head ?? "") ?? none };
}

async function writeStart(
  stream: ImportStream,
  owner: SafeFolder,
  { start }: Sifted,
): Promise<void> {
  for (const [path, edit] of start) if (edit.kind === "absent") await stream.remove(path);
  for (const [path, edit] of start) {
    if (edit.kind === "entry") await stream.entry(path, edit.entry);
    if (edit.kind === "owner") await put(stream, owner, edit.file);
    // Something stood there: an empty file stands for it.
    if (edit.kind === "lost") await stream.empty(path);
  }
}

/** False if there is no such file any more. */
async function put(stream: ImportStream, root: SafeFolder, file: FoundFile): Promise<boolean> {
  using folder = root.folder(file.folder);
  if (file.kind === "link") {
    const to = folder?.link(file.name);
    if (to === undefined) return false;
    await stream.link(file.path, to);
    return true;
  }
  using open = folder?.file(file.name);
  if (open === undefined) return false;
  await stream.file(file.path, open);
  return true;
}
