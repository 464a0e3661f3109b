/** Which files pass a filter of the owner when they are committed, such as Git LFS: by his own attributes, and without running any. */
import { mkdirSync, writeFileSync } from "node:fs";
import { bytesOf } from "../names.ts";
import { writeTo } from "../stage/git.ts";
import type { SafeFolder } from "../safe-folder.ts";
import type { Stage } from "../stage/stage.ts";
import type { FoundFile } from "./walk.ts";

const maxAttributes = 1024 * 1024;

/** The filter's name, by path. git check-attr(1) sees a skeleton of ours with the owner's attribute files. */
export async function ownersFilters(
  stage: Stage,
  owner: SafeFolder,
  files: readonly FoundFile[],
): Promise<ReadonlyMap<string, string>> {
  const drivers = new Map<string, string>();
  if (files.length === 0) return drivers;
  const root = `${stage.folder}/attributes`;
  mkdirSync(root, { mode: 0o700 });
  for (const folder of new Set(files.flatMap(({ path }) => foldersOf(path)))) {
    using open = owner.folder(folder);
    const content = open?.read(".gitattributes", maxAttributes);
    if (content === undefined) continue;
    const to = Buffer.concat([Buffer.from(`${root}/`), bytesOf(folder)]);
    mkdirSync(to, { recursive: true, mode: 0o700 });
    writeFileSync(Buffer.concat([to, Buffer.from("/.gitattributes")]), content, { mode: 0o600 });
  }
  const { output } = await stage.git({
    step: "tell which files pass a filter",
    env: { GIT_WORK_TREE: root },
    cwd: root,
    argv: ["check-attr", "-z", "--stdin", "filter"],
    input: (stdin) => writeTo(stdin, bytesOf(files.map(({ path }) => `${path}\0`).join(""))),
    maxOutput: 512 * 1024 * 1024,
  });
  const fields = output.toString("latin1").split("\0");
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [path = "", , driver = ""] = fields.slice(at, at + 3);
    if (!/^(?:unspecified|unset|set)$/.test(driver)) drivers.set(path, driver);
  }
  return drivers;
}

/** Every folder above a path, the root as an empty name. */
function foldersOf(path: string): readonly string[] {
  const steps = path.split("/");
  return steps.map((_step, index) => steps.slice(0, index).join("/"));
}
