/** The bottle's files on the host, before the launch: sockets' directory, home with its seeds, the CA files. */
import { chmod, chown, lstat, mkdir, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { BottleError } from "../../errors/error.ts";
import { portsSocket } from "../../helper/protocol.ts";
import { recordWriteError } from "../../errors/record-write.ts";
import type { AgentRecipe } from "../agent.ts";

export interface BottlePaths {
  /** `<runHome>/<id>`, 0700: the control socket is here, outside of what the bottle sees. */
  readonly run: string;
  /** `<run>/link`, bound into the bottle. */
  readonly link: string;
  readonly gatewaySocket: string;
  /** There while the agent runs, in a bottle that has ports. */
  readonly portsSocket: string;
  readonly controlSocket: string;
  readonly workspace: string;
  readonly home: string;
}

/** Bytes that `sun_path` holds, less its final zero (unix(7)). */
const maxSocketPath = 107;

/** `mounted`: the folder that the bottle works on itself, in place of a copy in the record. */
export function bottlePaths(
  runHome: string,
  recordDir: string,
  id: string,
  mounted?: string,
): BottlePaths {
  const run = join(runHome, id);
  const link = join(run, "link");
  const paths: BottlePaths = {
    run,
    link,
    gatewaySocket: join(link, "gateway.sock"),
    portsSocket: join(link, portsSocket),
    controlSocket: join(run, "control.sock"),
    workspace: mounted ?? join(recordDir, "workspace"),
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

/** Makes the directories that the bottle uses; they belong to the bottle's own host uid. */
export async function makeDirectories(
  paths: BottlePaths,
  owner: Owner,
  asRoot: boolean,
  resume: boolean,
): Promise<void> {
  const copy = dirname(paths.workspace) === dirname(paths.home) ? [paths.workspace] : [];
  const kept = resume ? [] : [paths.home, ...copy];
  const make = async (dir: string): Promise<void> => {
    await mkdir(dir, { mode: 0o700 });
    if (asRoot) await chown(dir, owner.uid, owner.gid);
  };
  await make(paths.link).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === "ENOENT" ? runDirectoryRemoved(paths.run, cause) : cause;
  });
  await Promise.all(kept.map(make)).catch((cause: unknown) => {
    throw recordWriteError(cause);
  });
}

function runDirectoryRemoved(run: string, cause: unknown): BottleError {
  return new BottleError({
    code: "E_RUN_DIRECTORY",
    what: `The folder for sockets, ${run}, was removed.`,
    why: "Something else cleans up there, or it ended with your login session.",
    next: "Start again; if that does not help, see `bottle doctor`.",
    cause,
  });
}

/** Home and workspace of a bottle that is resumed; a bottle cannot have replaced them, but its record may be damaged. */
export async function findDirectories(paths: BottlePaths): Promise<void> {
  for (const dir of [paths.home, paths.workspace]) {
    const found = await lstat(dir).catch(() => undefined);
    if (found?.isDirectory() === true) continue;
    throw new BottleError({
      code: "E_RESUME",
      what: `The folder ${dir} of the bottle is gone, so it cannot go on.`,
      next: "Start a new bottle.",
    });
  }
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
