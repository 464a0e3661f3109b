/** Which pipelock is used: the one the manifest names, else the one in our cache, else one on the PATH; and whether it is the right one. */
import { access, constants, readFile, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { BottleError } from "../../errors/error.ts";
import { isAt, readBuildInfo } from "./build-info.ts";
import { commit, installCommand, release } from "./version.ts";

export interface Places {
  /** Absolute path that the manifest names. */
  readonly named: string | null;
  readonly cacheDir: string;
  /** As the variable has it. */
  readonly path: string;
}

export interface FoundProgram {
  readonly program: string;
  readonly from: "manifest" | "cache" | "PATH";
  /** It is what this was written for; anything else is used only where the manifest names it. */
  readonly known: boolean;
}

/** Where `installCommand` puts it. */
export function cachedFolder(cacheDir: string): string {
  return join(cacheDir, "engines", commit.slice(0, 12));
}

/** Throws E_ENGINE_MISSING where there is none that may be used. */
export async function findPipelock({ named, cacheDir, path }: Places): Promise<FoundProgram> {
  if (named !== null) {
    if (!(await isProgram(named))) throw missing(`${named} is no program.`, cacheDir);
    return { program: named, from: "manifest", known: await isKnown(named) };
  }
  const cached = join(cachedFolder(cacheDir), "pipelock");
  const folders = path.split(delimiter).filter((folder) => folder.startsWith("/"));
  const places = [
    { program: cached, from: "cache" } as const,
    ...folders.map((folder) => ({ program: join(folder, "pipelock"), from: "PATH" }) as const),
  ];
  const others: string[] = [];
  for (const place of places) {
    if (!(await isProgram(place.program))) continue;
    if (await isKnown(place.program)) return { ...place, known: true };
    others.push(place.program);
  }
  throw missing(
    others.length === 0
      ? "It is neither in claude-bottle's cache nor on your PATH."
      : `${others[0]} is not of the commit that this version is made for (${commit.slice(0, 12)}, release ${release}).`,
    cacheDir,
  );
}

async function isProgram(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return false;
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function isKnown(path: string): Promise<boolean> {
  return isAt(readBuildInfo(await readFile(path)), commit);
}

function missing(why: string, cacheDir: string): BottleError {
  return new BottleError({
    code: "E_ENGINE_MISSING",
    what: "There is no pipelock that can be this bottle's engine.",
    why,
    next: `With Go 1.25 or newer run: ${installCommand(cachedFolder(cacheDir))}; or name a program of yours: engine: {name: pipelock, program: PATH}.`,
  });
}
