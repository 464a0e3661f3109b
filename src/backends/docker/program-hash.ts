/** What a program's content is by its hash, and what tells without reading it that it is still the same. */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { packTree } from "../../carry/pack.ts";
import { machineMark } from "./labels.ts";

/** Nobody's: everyone in a bottle may read and run it. */
export const packing = { owner: { uid: 0, gid: 0 }, shared: true } as const;

/** Of a file or folder as it is packed: content, names and who may run it, of no time. */
export async function programHash(source: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of packTree([{ name: "content", source }], packing)) hash.update(part);
  return hash.digest("hex").slice(0, 32);
}

/** How a file or folder looks on this machine now. */
export interface ProgramLook {
  /** Of all files together. */
  readonly size: number;
  /** No program can set the time of a file's last change (inode(7)). */
  readonly stamp: string;
}

/** Of a folder all that is in it: its own times say nothing of the files in it. Undefined where something cannot be looked at. */
export function lookAtProgram(source: string): ProgramLook | undefined {
  const hash = createHash("sha256").update(machineMark());
  let size = 0;
  try {
    for (const path of pathsOf(source)) {
      const found = lstatSync(path === "" ? source : join(source, path), { bigint: true });
      if (found.isFile()) size += Number(found.size);
      const { dev, ino, size: own, mode, mtimeNs, ctimeNs } = found;
      hash.update(`\0${path}\0${[dev, ino, own, mode, mtimeNs, ctimeNs].join(".")}`);
    }
  } catch {
    return undefined;
  }
  return { size, stamp: hash.digest("hex").slice(0, 32) };
}

function pathsOf(source: string): readonly string[] {
  if (!lstatSync(source).isDirectory()) return [""];
  return ["", ...readdirSync(source, { recursive: true, encoding: "utf8" }).toSorted()];
}
