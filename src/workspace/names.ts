/** File names are bytes (path_resolution(7)): here they are held as strings of one character a byte, so that none is lost. */
import { readdirSync } from "node:fs";

export interface Named {
  readonly name: string;
  readonly kind: "folder" | "file" | "link" | "other";
}

/** The bytes of a path held as such a string. */
export function bytesOf(name: string): Buffer {
  return Buffer.from(name, "latin1");
}

/** A path from elsewhere, as such a string. */
export function nameOf(path: string): string {
  return Buffer.from(path, "utf8").toString("latin1");
}

/** For people. */
export function printable(name: string): string {
  return bytesOf(name).toString("utf8");
}

/** A path for the file system. */
export function join(folder: string, name: string): Buffer {
  return bytesOf(name === "" ? folder : `${folder}/${name}`);
}

/** The entries of a folder; nothing is followed. */
export function namesIn(folder: Buffer | string): readonly Named[] {
  const entries = readdirSync(folder, { withFileTypes: true, encoding: "buffer" });
  return entries.map((entry) => ({ name: entry.name.toString("latin1"), kind: kindOf(entry) }));
}

/** What an entry of a folder is. */
export function kindOf(entry: {
  isDirectory(): boolean;
  isFile(): boolean;
  isSymbolicLink(): boolean;
}): Named["kind"] {
  if (entry.isDirectory()) return "folder";
  if (entry.isFile()) return "file";
  return entry.isSymbolicLink() ? "link" : "other";
}
