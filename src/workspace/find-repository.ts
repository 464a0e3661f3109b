/** Finds the repository of a folder as git would, but only one that says it is this folder's: a hostile clone may point at another. */
import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseConfig } from "./clone/config-file.ts";
import type { ConfigEntry } from "./clone/config-file.ts";
import { refusedGit } from "./clone/refused.ts";
import { printable } from "./names.ts";
import { SafeFolder } from "./safe-folder.ts";

/** Real paths; both the same but in a linked worktree (gitrepository-layout(5)). */
export interface Repository {
  /** Has HEAD and index. */
  readonly gitDir: string;
  /** Has refs, objects and config. */
  readonly commonDir: string;
  readonly config: readonly ConfigEntry[];
}

const maxPointer = 8 * 1024;
const maxConfig = 4 * 1024 * 1024;

/** Undefined if the folder, a real path, has no `.git`. */
export function findRepository(folder: string): Repository | undefined {
  const dotGit = join(folder, ".git");
  const found = lstatSync(dotGit, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (found.isDirectory()) return ofItsOwn(dotGit);
  const gitDir = found.isSymbolicLink() ? real(dotGit) : pointedTo(folder);
  if (gitDir === undefined || !lstatSync(gitDir).isDirectory())
    throw refusedGit("Its .git names no folder.");
  return elsewhere(folder, gitDir);
}

function ofItsOwn(gitDir: string): Repository {
  using git = SafeFolder.open(gitDir);
  if (git.read("commondir", maxPointer) !== undefined)
    throw refusedGit("Its .git is the inside of a linked worktree.");
  return { gitDir, commonDir: gitDir, config: readConfig(git, git) };
}

/** `gitdir: PATH` (gitrepository-layout(5)). */
function pointedTo(folder: string): string | undefined {
  using top = SafeFolder.open(folder);
  const text = text8(top, ".git");
  const path = /^gitdir: ([^\n]+?)[\r\n]*$/.exec(text ?? "")?.[1];
  return path === undefined ? undefined : real(resolve(folder, path));
}

function elsewhere(folder: string, gitDir: string): Repository {
  using git = SafeFolder.open(gitDir);
  const common = text8(git, "commondir");
  if (common === undefined) {
    const config = readConfig(git, git);
    requireOurs(folder, gitDir, config);
    return { gitDir, commonDir: gitDir, config };
  }
  const commonDir = real(resolve(gitDir, common));
  const back = text8(git, "gitdir");
  const isOurs =
    commonDir !== undefined &&
    dirname(gitDir) === join(commonDir, "worktrees") &&
    back !== undefined &&
    real(dirname(resolve(gitDir, back))) === folder;
  if (!isOurs || commonDir === undefined)
    throw refusedGit(
      "It is a linked worktree, and its repository does not know of it.",
      "Run `git worktree repair` in it.",
    );
  using top = SafeFolder.open(commonDir);
  return { gitDir, commonDir, config: readConfig(top, git) };
}

/** A submodule says where it is checked out; what is called .git is its parent's; a bare one is nobody's. */
function requireOurs(folder: string, gitDir: string, config: readonly ConfigEntry[]): void {
  const value = (key: string): string | undefined =>
    config.findLast((entry) => entry.section === "core" && entry.key === key)?.value;
  const worktree = value("worktree");
  const ours =
    worktree === undefined
      ? basename(gitDir) !== ".git" && !/^(?:true|yes|on|1)$/i.test(value("bare") ?? "")
      : real(resolve(gitDir, printable(worktree))) === folder;
  if (!ours)
    throw refusedGit(
      `Its .git points to ${gitDir}, which is the repository of another folder.`,
      "Start in that folder, or in a fresh `git clone` of it.",
    );
}

function readConfig(common: SafeFolder, own: SafeFolder): readonly ConfigEntry[] {
  const config = parsed(common, "config");
  const apart = config.some(
    ({ section, key, value }) =>
      section === "extensions" &&
      key === "worktreeconfig" &&
      !/^(?:false|no|off|0)$/i.test(value ?? ""),
  );
  return apart ? [...config, ...parsed(own, "config.worktree")] : config;
}

function parsed(folder: SafeFolder, name: string): readonly ConfigEntry[] {
  const text = folder.read(name, maxConfig);
  if (text === undefined) {
    if (![...folder.names()].some((entry) => entry.name === name)) return [];
    throw refusedGit(`Its ${name} is no plain file, or too long.`);
  }
  const config = parseConfig(text.toString("latin1"));
  if ("badLine" in config)
    throw refusedGit(`Line ${config.badLine} of its ${name} is not readable.`);
  return config.entries;
}

function text8(folder: SafeFolder, name: string): string | undefined {
  return folder
    .read(name, maxPointer)
    ?.toString("utf8")
    .replace(/[\r\n]+$/, "");
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
