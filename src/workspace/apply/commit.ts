/** Puts loose files on top of a commit by fast-import: their content goes through a pipe, so that git never opens a path of the bottle. */
import type { Writable } from "node:stream";
import { bytesOf, printable } from "../names.ts";
import { tooLarge } from "./errors.ts";
import { runGit, writeTo } from "./git.ts";
import { unreadable } from "./loose-files.ts";
import type { LooseFile, LooseFiles } from "./loose-files.ts";
import { copyFile } from "./objects.ts";
import { quotePath } from "./paths.ts";
import type { SafeFolder } from "../safe-folder.ts";
import type { Stage } from "./stage.ts";

const maxFile = 512 * 1024 * 1024;
const maxTotal = 4 * 1024 * 1024 * 1024;

export interface CommitOptions {
  readonly id: string;
  readonly parent: string | undefined;
  readonly work: SafeFolder;
  readonly files: LooseFiles;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** The branch in our repository that the user's will fetch. */
export const stagedBranch: string = "refs/heads/import";

/** Makes the commit and returns its id. */
export async function commitLooseFiles(stage: Stage, options: CommitOptions): Promise<string> {
  const git = { gitDir: stage.gitDir, path: stage.path };
  await runGit({
    ...git,
    step: "commit the bottle's loose files",
    argv: ["fast-import", "--quiet", "--done", "--date-format=raw"],
    input: (stdin) => writeStream(stdin, options),
  });
  const { output } = await runGit({
    ...git,
    step: "find the new commit",
    argv: ["rev-parse", "--verify", `${stagedBranch}^{commit}`],
  });
  return output.toString("latin1").trim();
}

async function writeStream(
  stdin: Writable,
  { id, parent, work, files, now }: CommitOptions,
): Promise<void> {
  const message = `Loose files of bottle ${id}\n`;
  const head = [
    `commit ${stagedBranch}`,
    `committer claude-bottle <${id}@claude-bottle.invalid> ${now} +0000`,
    `data ${message.length}`,
    message,
  ];
  await writeTo(stdin, `${head.join("\n")}${parent === undefined ? "" : `from ${parent}\n`}`);
  // Deletions first: a file may have become a folder.
  for (const path of files.deleted) await writeTo(stdin, bytesOf(`D ${quotePath(path)}\n`));
  let total = 0;
  for (const file of files.changed) {
    const written = await writeFile(stdin, work, file);
    if (written === undefined)
      files.skipped.push({ path: printable(file.path), reason: unreadable });
    total += written ?? 0;
    if (total > maxTotal) throw tooLarge("more loose bytes", `${maxTotal}`);
  }
  await writeTo(stdin, "\ndone\n");
}

/** Bytes written, or undefined, and nothing written, if it cannot be read any more. */
async function writeFile(
  stdin: Writable,
  work: SafeFolder,
  { folder, name, path, kind }: LooseFile,
): Promise<number | undefined> {
  using open = work.folder(folder);
  if (kind === "link") {
    const to = open?.link(name);
    if (to === undefined) return undefined;
    await writeTo(
      stdin,
      Buffer.concat([
        bytesOf(`M 120000 inline ${quotePath(path)}\ndata ${to.length}\n`),
        to,
        Buffer.from("\n"),
      ]),
    );
    return to.length;
  }
  using file = open?.file(name);
  if (file === undefined) return undefined;
  if (file.size > maxFile) throw tooLarge("a larger loose file", `${maxFile} bytes`);
  await writeTo(
    stdin,
    bytesOf(
      `M ${file.executable ? "100755" : "100644"} inline ${quotePath(path)}\ndata ${file.size}\n`,
    ),
  );
  await copyFile(file, stdin);
  await writeTo(stdin, "\n");
  return file.size;
}
