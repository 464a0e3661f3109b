/** The copy's `.git`, made anew: HEAD, refs, index and history as in the source; config by an allow-list; nothing that runs. */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findRepository } from "../find-repository.ts";
import type { Repository } from "../find-repository.ts";
import { bytesOf, nameOf, printable } from "../names.ts";
import { SafeFolder } from "../safe-folder.ts";
import { chooseRefs } from "./choose-refs.ts";
import type { ChosenRefs, RefChoice } from "./choose-refs.ts";
import { formatConfig } from "./config-file.ts";
import type { ConfigEntry } from "./config-file.ts";
import { keepConfig } from "./config-keep.ts";
import { readInProgress } from "./in-progress.ts";
import type { IndexFile } from "./index-file.ts";
import { packHistory } from "./pack-history.ts";
import { readIndex } from "./read-index.ts";
import { refusedGit } from "./refused.ts";
import { readRefs } from "./refs.ts";
import type { Head } from "./refs.ts";

export interface MakeOptions {
  /** Real path of the folder whose repository it is. */
  readonly folder: string;
  /** Where its copy is; the new `.git` is made in it. */
  readonly target: string;
  readonly refs: RefChoice;
  /** Rules of the owner for all repositories. */
  readonly excludes: Buffer;
  /** The user's PATH. */
  readonly path: string;
  readonly signal: AbortSignal;
}

export interface NewRepository {
  readonly gitDir: string;
  readonly index: IndexFile | undefined;
  readonly idLength: 40 | 64;
  /** git-lfs was here: the folder may have content where git has a pointer. */
  readonly usesLfs: boolean;
  readonly dropped: readonly string[];
  /** Copies the history. */
  pack(): Promise<void>;
  /** Writes the index, with what became known of its files, and the whole config; `now` in milliseconds since the epoch. */
  finish(now: number): void;
}

const maxList = 4 * 1024 * 1024;

/** Undefined if the folder has no repository. */
export async function makeRepository(options: MakeOptions): Promise<NewRepository | undefined> {
  const repository = findRepository(options.folder);
  if (repository === undefined) return undefined;
  const gitDir = join(options.target, ".git");
  mkdirSync(gitDir);
  try {
    return await fill(options, repository, gitDir);
  } catch (error) {
    rmSync(gitDir, { recursive: true, force: true });
    throw error;
  }
}

async function fill(
  options: MakeOptions,
  repository: Repository,
  gitDir: string,
): Promise<NewRepository> {
  const { path, signal } = options;
  const { config } = repository;
  using own = SafeFolder.open(repository.gitDir);
  using common = SafeFolder.open(repository.commonDir);
  using objects = common.folder("objects");
  if (objects === undefined) throw refusedGit("Its objects are not a folder in it.");
  if (extension(config, "refstorage") === "reftable")
    throw refusedGit(
      "Its refs are kept as a reftable, which this version does not read.",
      "Run `git refs migrate --ref-format=files` in it.",
    );
  const idLength = extension(config, "objectformat") === "sha256" ? 64 : 40;
  const refs = readRefs(own, common, idLength);
  const chosen = chooseRefs(refs, options.refs, config);
  const progress = readInProgress(own, idLength);
  const kept = keepConfig(config);
  const partial = extension(config, "partialclone");
  const put = (name: string, data: Buffer): void => {
    const file = `${nameOf(gitDir)}/${name}`;
    mkdirSync(bytesOf(file.slice(0, file.lastIndexOf("/"))), { recursive: true });
    writeFileSync(bytesOf(file), data, { flag: "wx", mode: 0o644 });
  };
  for (const folder of ["objects/info", "objects/pack", "refs/heads", "refs/tags", "info"])
    mkdirSync(join(gitDir, folder), { recursive: true });
  put("HEAD", headText(refs.head));
  // Without its remotes, until git has run here for the last time: from a promisor it would fetch what it misses.
  const local = kept.entries.filter(({ section }) => section === "core");
  put("config", bytesOf(formatConfig([...basics(idLength, undefined), ...local])));
  writeRefs(chosen, put);
  for (const [name, data] of progress.files) put(name, data);
  const shallow = common.read("shallow", maxList);
  if (shallow !== undefined) put("shallow", shallow);
  const sparse = readInfo(own, "sparse-checkout");
  if (sparse !== undefined) put("info/sparse-checkout", sparse);
  const exclude = readInfo(common, "exclude") ?? Buffer.alloc(0);
  put("info/exclude", Buffer.concat([options.excludes, Buffer.from("\n"), exclude]));
  const attributes = readInfo(common, "attributes");
  const harmless = attributes !== undefined && isHarmless(attributes.toString("latin1"));
  if (harmless) put("info/attributes", attributes);
  const index = await readIndex(own, gitDir, idLength, path);
  if (index !== undefined) put("index", index.toBuffer());
  const roots = new Set([...chosen.ids.values(), ...progress.ids]);
  if (refs.head.kind === "commit") roots.add(refs.head.id);
  return {
    gitDir,
    index,
    idLength,
    usesLfs: [...common.names()].some(({ name }) => name === "lfs"),
    dropped: [
      ...kept.dropped,
      ...progress.dropped,
      ...refs.broken.map((ref) => `${printable(ref)} (unreadable)`),
      ...(attributes === undefined || harmless ? [] : [".git/info/attributes"]),
    ],
    async pack() {
      if (roots.size === 0 && index === undefined) return;
      await packHistory({
        gitDir,
        objects: join(repository.commonDir, "objects"),
        roots: [...roots],
        partial: isPartial(config),
        path,
        signal,
      });
    },
    finish(now) {
      if (index !== undefined) writeIndex(join(gitDir, "index"), index, now);
      const text = formatConfig([...basics(idLength, partial), ...kept.entries]);
      writeFileSync(join(gitDir, "config"), bytesOf(text));
    },
  };
}

/** Of a later second than every file in it: what is uncertain was marked, and git has nothing else to read again. */
function writeIndex(path: string, index: IndexFile, now: number): void {
  writeFileSync(path, index.toBuffer());
  const next = Math.floor(now / 1000) + 1;
  utimesSync(path, next, next);
}

function readInfo(git: SafeFolder, name: string): Buffer | undefined {
  using info = git.folder("info");
  return info?.read(name, maxList);
}

/** What it lacks is fetched when it is needed (gitrepository-layout(5), "partial clone"). */
function isPartial(config: readonly ConfigEntry[]): boolean {
  return config.some(
    ({ section, key }) =>
      (section === "extensions" && key === "partialclone") ||
      (section === "remote" && key === "promisor"),
  );
}

function extension(config: readonly ConfigEntry[], name: string): string | undefined {
  return config.findLast(
    ({ section, subsection, key }) =>
      section === "extensions" && subsection === undefined && key === name,
  )?.value;
}

/** `checkStat`: inode numbers, owners and change times of a copy are its own, so git must not read every file again for them. */
function basics(idLength: number, partial: string | undefined): readonly ConfigEntry[] {
  const entry = (section: string, key: string, value: string): ConfigEntry => ({
    section,
    subsection: undefined,
    key,
    value,
  });
  const extensions = [
    ...(idLength === 64 ? [entry("extensions", "objectformat", "sha256")] : []),
    ...(partial === undefined ? [] : [entry("extensions", "partialclone", partial)]),
  ];
  return [
    entry("core", "repositoryformatversion", extensions.length > 0 ? "1" : "0"),
    entry("core", "bare", "false"),
    entry("core", "logallrefupdates", "true"),
    entry("core", "checkstat", "minimal"),
    ...extensions,
  ];
}

function headText(head: Head): Buffer {
  return bytesOf(head.kind === "branch" ? `ref: ${head.ref}\n` : `${head.id}\n`);
}

function writeRefs({ ids, symbolic }: ChosenRefs, put: (name: string, data: Buffer) => void): void {
  const lines = [...ids].map(([ref, id]) => `${id} ${ref}\n`);
  put("packed-refs", bytesOf(`# pack-refs with: sorted \n${lines.join("")}`));
  for (const [ref, target] of symbolic) put(ref, bytesOf(`ref: ${target}\n`));
}

/** Lines that name a driver could have one run. */
function isHarmless(attributes: string): boolean {
  return !/filter|diff|merge|\[attr\]/i.test(attributes);
}
