/** Puts a pinned package into the cache, once; each later call only looks whether its files are still the same. */
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BottleError } from "../errors/error.ts";
import { clearAbandoned } from "./abandoned.ts";
import { fetchPackage } from "./fetch.ts";
import { integrityOf } from "./hash.ts";
import { lookAtTree, stampText, treeIntegrity } from "./package-tree.ts";
import { unpack } from "./unpack.ts";

export interface PackageRelease {
  /** For people. */
  readonly title: string;
  /** `name@version`, as npm is asked for it. */
  readonly package: string;
  readonly version: string;
  /** `sha512-<base64>` of the package, as the registry states it (SRI, W3C). */
  readonly tarball: string;
  /** Of the files that are kept (package-tree.ts). */
  readonly tree: string;
  /** Whether a file of the package, by its path in the tarball, is kept, and as what. */
  readonly keep: (path: string) => string | undefined;
  /** For people: `77 MB`. */
  readonly size: string;
}

export interface PackageInstall {
  readonly release: PackageRelease;
  /** Its own. */
  readonly folder: string;
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}

/** The folder with the package's files, checked. */
export async function installPackage(options: PackageInstall): Promise<string> {
  const { release, folder: parent, progress } = options;
  const target = join(parent, release.version);
  if (await isUnchanged(target, release)) return target;
  await mkdir(parent, { recursive: true, mode: 0o755 });
  await clearAbandoned(parent);
  const folder = await mkdtemp(join(parent, `.installing-${process.pid}-`));
  try {
    await download(folder, options);
    await rename(join(folder, "files"), target).catch((error: NodeJS.ErrnoException) => {
      // Another one was faster; what it left is checked below.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (!(await isUnchanged(target, release))) throw changed(target, release);
  progress(`${release.title} ${release.version}: ready`);
  return target;
}

/** False if it is not there; an error if it is there and is something else. */
async function isUnchanged(target: string, release: PackageRelease): Promise<boolean> {
  const stamp = `${target}.stamp`;
  const look = await lookAtTree(target);
  if (look === undefined) return false;
  const vouched = stampText(release.tree, look);
  if ((await readFile(stamp, "utf8").catch(() => "")) === vouched) return true;
  if ((await treeIntegrity(target)) !== release.tree) throw changed(target, release);
  // The look from before the hash: whatever changed meanwhile is hashed again next time.
  const fresh = `${stamp}.${process.pid}-${randomUUID()}`;
  await writeFile(fresh, vouched, { mode: 0o644 });
  await rename(fresh, stamp);
  return true;
}

async function download(
  folder: string,
  { release, env, progress, cacheDir }: PackageInstall,
): Promise<void> {
  progress(`${release.title} ${release.version}: downloading ${release.size}…`);
  const into = join(folder, "package");
  await mkdir(into, { mode: 0o700 });
  const tarball = await fetchPackage({ what: release.package, into, env, home: cacheDir });
  progress(`${release.title} ${release.version}: checking and unpacking…`);
  if ((await integrityOf(tarball)) !== release.tarball) throw wrongPackage(release);
  const files = join(folder, "files");
  await mkdir(files, { mode: 0o755 });
  await unpack(tarball, async (name) => {
    const path = release.keep(name);
    if (path === undefined) return undefined;
    await mkdir(dirname(join(files, path)), { recursive: true, mode: 0o755 });
    return join(files, path);
  });
  if ((await treeIntegrity(files)) !== release.tree) throw wrongPackage(release);
}

function wrongPackage({ package: name }: PackageRelease): BottleError {
  return new BottleError({
    code: "E_AGENT_INTEGRITY",
    what: `The downloaded package ${name} is not the one claude-bottle knows.`,
    why: "Its SHA-512 differs from the pinned one; nothing of it was kept.",
    next: "Look at the registry or mirror that npm is set to; it hands out something else under this name.",
  });
}

function changed(folder: string, { title }: PackageRelease): BottleError {
  return new BottleError({
    code: "E_AGENT_CHANGED",
    what: `The installed ${title}, ${folder}, is not what was installed.`,
    why: "A file in it was changed, added or removed after the installation; its SHA-512 is no longer the pinned one.",
    next: `Find out who changed it, then remove the folder: it is downloaded again.`,
  });
}
