/** The source's index as one piece. */
import { fstatSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runGit } from "../git.ts";
import { SafeFolder } from "../safe-folder.ts";
import { IndexFile } from "./index-file.ts";
import { gitRefused, refusedGit } from "./refused.ts";

const maxIndex = 1024 * 1024 * 1024;

/** Undefined if nothing was ever staged. `own` has the HEAD; `gitDir` is the new `.git`. */
export async function readIndex(
  own: SafeFolder,
  gitDir: string,
  idLength: 40 | 64,
  path: string,
): Promise<IndexFile | undefined> {
  using file = own.file("index");
  if (file === undefined) return undefined;
  const { mtimeMs } = fstatSync(file.fd);
  const data = own.read("index", maxIndex);
  if (data === undefined) throw refusedGit("Its index is too long.");
  const index = new IndexFile(data, mtimeMs, idLength);
  return index.split ? joinIndex(own, gitDir, data, { mtimeMs, idLength, path }) : index;
}

/** git joins the parts of a split index, in the new `.git`. */
async function joinIndex(
  own: SafeFolder,
  gitDir: string,
  data: Buffer,
  known: { readonly mtimeMs: number; readonly idLength: 40 | 64; readonly path: string },
): Promise<IndexFile> {
  const parts = [...own.names()].filter(({ name }) => /^sharedindex\.[0-9a-f]{40,64}$/.test(name));
  for (const { name } of parts)
    writeFileSync(join(gitDir, name), own.read(name, maxIndex) ?? "", { flag: "wx" });
  writeFileSync(join(gitDir, "index"), data, { flag: "wx" });
  await runGit(
    {
      step: "read its index",
      gitDir,
      path: known.path,
      env: { GIT_WORK_TREE: dirname(gitDir) },
      argv: ["update-index", "--no-split-index"],
    },
    gitRefused,
  );
  using made = SafeFolder.open(gitDir);
  const joined = made.read("index", maxIndex);
  for (const name of ["index", ...parts.map((part) => part.name)]) rmSync(join(gitDir, name));
  if (joined === undefined) throw refusedGit("Its index is too long.");
  return new IndexFile(joined, known.mtimeMs, known.idLength);
}
