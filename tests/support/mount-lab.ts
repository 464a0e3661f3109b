/** A project's folder that a bottle works on itself, with the record beside it; as root it belongs to an ordinary user. */
import { execFileSync } from "node:child_process";
import {
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { MountReport } from "../../src/workspace/mount/base.ts";
import { checkMountable } from "../../src/workspace/mount/mountable.ts";
import { mountWorkspace } from "../../src/workspace/mount/mount.ts";
import type { MountedWorkspace } from "../../src/workspace/mount/mount.ts";
import { writeAtomic } from "../../src/record/atomic.ts";

/** Whose folder it is where root runs the tests. */
export const ordinaryUser = 12_345;

export interface MountLab extends Disposable {
  readonly dir: string;
  readonly folder: string;
  readonly home: string;
  readonly records: string;
  /** Writes a file of the folder as its owner would; parents are made. */
  put(path: string, content: string): void;
  /** Everything in the folder belongs to its owner. */
  own(): void;
  /** A record that is there before a bottle's. */
  record(id: string): string;
  open(options?: {
    protect?: readonly string[];
    ownerConfigs?: readonly string[];
    also?: readonly string[];
    id?: string;
  }): Promise<MountedWorkspace>;
  report(id?: string): MountReport;
}

export const writeJson = (path: string, value: object): Promise<void> =>
  writeAtomic(path, JSON.stringify(value), false);

export function openMountLab(
  options: {
    readonly git?: boolean;
    /** Where the records are; default: beside. */ readonly recordsIn?: string;
  } = {},
): MountLab {
  const uid = process.getuid?.() ?? -1;
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "bottle-mount-")));
  const [folder, home] = [join(dir, "project"), join(dir, "home")];
  const records = options.recordsIn ?? join(dir, "records");
  for (const made of [folder, home, records]) mkdirSync(made, { recursive: true, mode: 0o755 });
  const own = (): void => {
    if (uid === 0) chownTree(folder);
  };
  const put = (path: string, content: string): void => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    if (uid !== 0) return;
    for (let made = file; made !== folder; made = dirname(made))
      lchownSync(made, ordinaryUser, ordinaryUser);
  };
  if (options.git !== false) {
    execFileSync("git", ["init", "-q", "-b", "main", folder]);
    put("README.md", "hello\n");
    const git = (...argv: string[]): void =>
      void execFileSync("git", [
        "-C",
        folder,
        "-c",
        "safe.directory=*",
        "-c",
        "user.name=o",
        "-c",
        "user.email=o@example.org",
        ...argv,
      ]);
    git("add", ".");
    git("commit", "-q", "-m", "first");
  }
  own();
  const record = (id: string): string => {
    const path = join(records, id);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  };
  return {
    dir,
    folder,
    home,
    records,
    put,
    own,
    record,
    async open({ protect = [], ownerConfigs = [], also = [], id = "lab-00001" } = {}) {
      const found = await checkMountable({
        source: folder,
        home,
        own: [{ path: records, what: "the records" }],
        uid,
      });
      return mountWorkspace({
        ...found,
        protect,
        ownerConfigs,
        also,
        record: record(id),
        records,
        write: writeJson,
        now: () => Date.now(),
      });
    },
    report: (id = "lab-00001") =>
      JSON.parse(readFileSync(join(records, id, "mount.json"), "utf8")) as MountReport,
    [Symbol.dispose]: () => {
      for (const made of [dir, records]) rmSync(made, { recursive: true, force: true });
    },
  };
}

export function chownTree(path: string): void {
  lchownSync(path, ordinaryUser, ordinaryUser);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) chownTree(below);
    else lchownSync(below, ordinaryUser, ordinaryUser);
  }
}
