/** The bottle's files on the host, before the launch: sockets' directory, home with its seeds, the CA files. */
import { chmod, chown, lstat, mkdir, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { BottleError } from "../../errors/error.ts";
import type { AgentRecipe } from "../agent.ts";

export interface BottlePaths {
  /** `<runHome>/<id>`, 0700: the control socket is here, outside of what the bottle sees. */
  readonly run: string;
  /** `<run>/link`, bound into the bottle. */
  readonly link: string;
  readonly gatewaySocket: string;
  readonly controlSocket: string;
  readonly workspace: string;
  readonly home: string;
}

/** Bytes that `sun_path` holds, less its final zero (unix(7)). */
const maxSocketPath = 107;

export function bottlePaths(runHome: string, recordDir: string, id: string): BottlePaths {
  const run = join(runHome, id);
  const link = join(run, "link");
  const paths: BottlePaths = {
    run,
    link,
    gatewaySocket: join(link, "gateway.sock"),
    controlSocket: join(run, "control.sock"),
    workspace: join(recordDir, "workspace"),
    home: join(recordDir, "home"),
  };
  if (Buffer.byteLength(paths.gatewaySocket) > maxSocketPath)
    throw new RangeError(`socket path too long: ${paths.gatewaySocket}`);
  return paths;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Makes `<run>`, new and private; what stands there already belongs to somebody else. */
export async function makeRunDirectory(paths: BottlePaths): Promise<void> {
  await mkdir(dirname(paths.run), { recursive: true, mode: 0o700 });
  await refuseForeign(dirname(paths.run));
  await mkdir(paths.run, { mode: 0o700 });
}

/** Makes the directories that the bottle uses; they belong to the bottle's own host uid. */
export async function makeDirectories(
  paths: BottlePaths,
  owner: Owner,
  asRoot: boolean,
): Promise<void> {
  await Promise.all(
    [paths.link, paths.home, paths.workspace].map(async (dir) => {
      await mkdir(dir, { mode: 0o700 });
      if (asRoot) await chown(dir, owner.uid, owner.gid);
    }),
  );
}

/** The parent may stand in /tmp, where anybody could have made it first: then nothing of ours goes there. */
async function refuseForeign(dir: string): Promise<void> {
  const found = await lstat(dir);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0) return;
  throw new BottleError({
    code: "E_RUN_DIRECTORY",
    what: `The folder for sockets, ${dir}, is not private to you.`,
    why: "It must be a directory of yours that nobody else may enter (mode 0700).",
    next: `Remove it, or set XDG_RUNTIME_DIR to a folder of yours.`,
  });
}

/** Writes the agent's seed files into its home; a seed cannot leave the home. */
export async function writeSeeds(
  home: string,
  seeds: AgentRecipe["seeds"],
  owner: Owner,
  asRoot: boolean,
): Promise<readonly string[]> {
  const written: string[] = [];
  for (const seed of seeds) {
    const relative = normalize(seed.path);
    if (isAbsolute(relative) || relative.startsWith(".."))
      throw new RangeError(`seed outside the home: ${seed.path}`);
    const file = join(home, relative);
    for (const dir of parents(relative)) {
      await mkdir(join(home, dir), { recursive: true, mode: 0o700 });
      if (asRoot) await chown(join(home, dir), owner.uid, owner.gid);
    }
    await writeFile(file, seed.content, { mode: seed.mode });
    if (asRoot) await chown(file, owner.uid, owner.gid);
    written.push(file);
  }
  return written;
}

/** A file in the link directory that everyone in the bottle may read. */
export async function writeLinkFile(
  paths: BottlePaths,
  name: string,
  content: string,
): Promise<string> {
  const file = join(paths.link, name);
  await writeFile(file, content, { mode: 0o444 });
  await chmod(file, 0o444);
  return file;
}

function parents(relative: string): readonly string[] {
  const dirs: string[] = [];
  for (let dir = dirname(relative); dir !== "."; dir = dirname(dir)) dirs.unshift(dir);
  return dirs;
}
