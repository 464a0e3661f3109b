/** The owner's files as they are now, for bottles whose record has no list of what was copied. */
import type { SafeFolder } from "../safe-folder.ts";
import { sha256Of } from "./reference.ts";
import type { FileList, ListedFile } from "./reference.ts";

const maxEntries = 1_000_000;

/** No link is followed; what cannot be read is not in the list. */
export function listOwnersFiles(owner: SafeFolder): FileList {
  const files = new Map<string, ListedFile>();
  const folders = [""];
  let entries = 0;
  // The list grows while it is walked.
  for (const folder of folders) {
    using open = owner.folder(folder);
    for (const { name, kind } of open?.names() ?? []) {
      entries += 1;
      if (entries > maxEntries) return files;
      const path = folder === "" ? name : `${folder}/${name}`;
      if (kind === "folder") folders.push(path);
      const found = kind === "file" || kind === "link" ? open?.stat(name) : undefined;
      if (found === undefined || kind === "folder" || kind === "other") continue;
      const target = kind === "link" ? open?.link(name) : undefined;
      files.set(path, {
        kind,
        executable: kind === "file" && (found.mode & 0o100n) !== 0n,
        size: Number(found.size),
        modifiedAt: Number(found.mtimeNs) / 1e6,
        sha256: target && sha256Of(target),
      });
    }
  }
  return files;
}
