/** The folder in the owner's folder where new files wait and old ones are kept: on the same file system, so that a rename puts them in place. */
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import type { Entry } from "../stage/entry.ts";
import { readBlobs } from "../stage/blobs.ts";
import type { SafeFolder } from "../safe-folder.ts";
import type { Stage } from "../stage/stage.ts";
import { ownMark } from "../../host/process.ts";
import { codeOf, giveTo } from "./moves.ts";
import type { PlannedWrite } from "./plan.ts";

/** Begins the name of every such folder; the bottle's id follows. */
export const stagingPrefix = ".claude-bottle-apply-";

export interface Staging extends Disposable {
  /** New files and old ones, each by its number. */
  readonly fresh: SafeFolder;
  readonly kept: SafeFolder;
}

/** Makes the folder, which is a lock as well: undefined if it is there already. */
export function makeStaging(root: SafeFolder, id: string): Staging | undefined {
  try {
    mkdirSync(root.at(`${stagingPrefix}${id}`), { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === "EEXIST") return undefined;
    throw error;
  }
  using own = root.folder(`${stagingPrefix}${id}`);
  if (own === undefined) return undefined;
  writeFileSync(own.at("writer"), ownMark(), { mode: 0o600, flag: "wx" });
  for (const name of ["new", "old"]) mkdirSync(own.at(name), { mode: 0o700 });
  return openStaging(root, id);
}

/** The process that made the folder; empty if there is none, or it did not come so far. */
export function stagingWriter(root: SafeFolder, id: string): string {
  using own = root.folder(`${stagingPrefix}${id}`);
  return own?.read("writer", 100)?.toString("latin1") ?? "";
}

/** Undefined if there is none. */
export function openStaging(root: SafeFolder, id: string): Staging | undefined {
  const fresh = root.folder(`${stagingPrefix}${id}/new`);
  const kept = root.folder(`${stagingPrefix}${id}/old`);
  const close = (): void => {
    fresh?.[Symbol.dispose]();
    kept?.[Symbol.dispose]();
  };
  if (fresh !== undefined && kept !== undefined) return { fresh, kept, [Symbol.dispose]: close };
  close();
  return undefined;
}

/** Only a folder that is known as one of ours by what was written into it first, or empty. */
export function removeStaging(root: SafeFolder, id: string): void {
  const path = root.at(`${stagingPrefix}${id}`);
  using own = root.folder(`${stagingPrefix}${id}`);
  if (own?.stat("writer") !== undefined) rmSync(path, { recursive: true, force: true });
  else removeEmpty(path);
}

function removeEmpty(path: Buffer): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "ENOTDIR"].includes(codeOf(error))) throw error;
  }
}

/** Ids of bottles whose staging folders stand in the owner's folder. */
export function stagingIds(root: SafeFolder): readonly string[] {
  const ids: string[] = [];
  for (const { name, kind } of root.names())
    if (kind === "folder" && name.startsWith(stagingPrefix))
      ids.push(name.slice(stagingPrefix.length));
  return ids;
}

/** Writes the content of every new file under the number of its write. */
export async function fillStaging(
  stage: Stage,
  root: SafeFolder,
  { fresh }: Staging,
  writes: readonly PlannedWrite[],
): Promise<void> {
  const files = writes
    .map((write, index) => ({ ...write, index }))
    .filter((write): write is typeof write & { after: Entry } => write.after !== undefined);
  let fd = -1;
  let link: Buffer[] = [];
  let at = 0;
  try {
    await readBlobs(
      stage,
      files.map(({ after }) => after.id),
      {
        begin(index) {
          at = index;
          link = [];
          const file = files[at];
          if (file !== undefined && file.after.mode !== "120000")
            fd = openSync(fresh.at(`${file.index}`), "wx", 0o600);
        },
        data(piece) {
          if (fd >= 0) writeAll(fd, piece);
          else link.push(Buffer.from(piece));
        },
        end() {
          const file = files[at];
          if (file === undefined) return;
          const path = fresh.at(`${file.index}`);
          if (fd < 0) symlinkSync(Buffer.concat(link), path);
          else {
            closeSync(fd);
            fd = -1;
            chmodSync(path, modeOf(file));
          }
          giveTo(path, root);
        },
      },
    );
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

function writeAll(fd: number, data: Buffer): void {
  for (let at = 0; at < data.length;) at += writeSync(fd, data, at);
}

/** As the owner's file has it, but for the right to be run; a new file as any other program would make it. */
function modeOf({ after, mode }: PlannedWrite): number {
  const plain = mode ?? 0o666 & ~process.umask();
  return after?.mode === "100755" ? plain | ((plain & 0o444) >> 2) : plain & ~0o111;
}
