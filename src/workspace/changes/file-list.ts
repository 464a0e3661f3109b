/** Reads `base.jsonl` of a record: one line for each file that was copied into the bottle. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { nameOf } from "../names.ts";
import type { FileList, ListedFile } from "./reference.ts";

/** As many as a bottle's folder may have. */
const maxLines = 1_000_000;

/** Undefined where there is none, or it cannot be read to its end: half a list would make files look new. */
export async function readFileList(path: string): Promise<FileList | undefined> {
  const files = new Map<string, ListedFile>();
  try {
    const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
    let count = 0;
    for await (const line of lines) {
      count += 1;
      if (count > maxLines) return undefined;
      addLine(files, line);
    }
    return files;
  } catch {
    return undefined;
  }
}

function addLine(files: Map<string, ListedFile>, line: string): void {
  const { path, bytes, kind, mode, size, mtimeNs, sha256 } = JSON.parse(line) as Readonly<
    Record<string, unknown>
  >;
  if (kind !== "file" && kind !== "link") return;
  if (typeof path !== "string" || typeof mode !== "number" || typeof size !== "number")
    throw new TypeError("not a line of the list");
  // What is no UTF-8 stands there in hex as well.
  const name =
    typeof bytes === "string" ? Buffer.from(bytes, "hex").toString("latin1") : nameOf(path);
  files.set(name, {
    kind,
    executable: kind === "file" && (mode & 0o100) !== 0,
    size,
    modifiedAt: Number(mtimeNs) / 1e6,
    sha256: typeof sha256 === "string" ? sha256 : undefined,
  });
}
