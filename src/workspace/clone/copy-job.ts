/** What is known, and becomes known, while a workspace is copied. */
import { readFileSync } from "node:fs";
import type { Globs } from "../glob.ts";
import { join, printable } from "../names.ts";
import type { BaseListing } from "./base-listing.ts";
import type { RefChoice } from "./choose-refs.ts";
import type { IgnoreQuestions } from "../ignore-questions.ts";
import type { IndexFile } from "./index-file.ts";
import type { NewRepository } from "./make-repository.ts";

export interface CopyJob {
  /** Real paths as names (names.ts). */
  readonly root: string;
  readonly target: string;
  readonly chown: { readonly uid: number; readonly gid: number } | undefined;
  /** Permission bits that new files lose (umask(2)). */
  readonly umask: number;
  readonly refs: RefChoice;
  readonly carryIgnored: boolean;
  /** Ignored files that are carried all the same. */
  readonly wanted: Globs;
  /** Files that look like secrets and are carried as they are. */
  readonly reveal: Globs;
  readonly base: BaseListing | undefined;
  readonly excludes: Buffer;
  /** The user's PATH. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly scopes: Scope[];
  /** The histories, one after the other. */
  packing: Promise<void>;
  /** Bytes that may still be written. */
  room: number;
  files: number;
  bytes: number;
  ignoredLeft: number;
  readonly masked: string[];
  readonly maskedInHistory: string[];
  readonly exposed: string[];
  readonly dropped: string[];
  readonly skipped: string[];
  readonly unreadable: string[];
}

/** A repository in the workspace, and whose rules hold in its folder. */
export interface Scope {
  /** From the workspace's top; empty for its own. */
  readonly folder: string;
  readonly repository: NewRepository;
  readonly questions: IgnoreQuestions;
  /** The repository that it stands in: a file may be tracked by either. */
  readonly outer: Scope | undefined;
}

/** A tracked file's place in an index. */
export interface Tracked {
  readonly scope: Scope;
  readonly index: IndexFile;
  /** From the repository's top. */
  readonly path: string;
}

/** Paths that a list names at most. */
const maxNamed = 200;

/** What goes beyond is counted in the list's last line. */
export function nameSome(
  paths: readonly string[],
  total: number = paths.length,
): readonly string[] {
  if (total <= maxNamed) return paths;
  return [...paths.slice(0, maxNamed), `and ${total - maxNamed} more`];
}

/** With the reason, if it is not plain. */
export function skip(job: CopyJob, path: string, reason?: string): void {
  job.skipped.push(reason === undefined ? printable(path) : `${printable(path)} (${reason})`);
}

export function below(scope: Scope, path: string): string {
  return scope.folder === "" ? path : path.slice(scope.folder.length + 1);
}

export function findTracked(scope: Scope | undefined, path: string): Tracked | undefined {
  for (let one = scope; one !== undefined; one = one.outer) {
    const { index } = one.repository;
    const inside = below(one, path);
    if (index?.has(inside) === true) return { scope: one, index, path: inside };
  }
  return undefined;
}

export function hasTrackedFiles(scope: Scope | undefined, folder: string): boolean {
  for (let one = scope; one !== undefined; one = one.outer)
    if (one.repository.index?.hasIn(below(one, folder)) === true) return true;
  return false;
}

/** proc_pid_status(5); what umask(2) can tell only by changing it. */
export function currentUmask(): number {
  const line = /^Umask:\s*([0-7]+)$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return Number.parseInt(line?.[1] ?? "077", 8);
}

/** For the file system. */
export function sourcePath(job: CopyJob, path: string): Buffer {
  return join(job.root, path);
}

export function targetPath(job: CopyJob, path: string): Buffer {
  return join(job.target, path);
}
