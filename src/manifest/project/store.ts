/** What the owner trusts: a private file for each project, with the hashes of what was shown. Read here; written by compose/trust.ts. */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../../errors/error.ts";

/** A file and what it was when the owner said yes. */
export interface Pin {
  /** Relative to the project's folder. */
  readonly path: string;
  readonly sha256: string;
}

export interface Trust {
  readonly version: 1;
  /** Real path of the project's manifest. */
  readonly file: string;
  readonly sha256: string;
  readonly refers: readonly Pin[];
  /** ISO 8601. */
  readonly trustedAt: string;
}

/** Beside the records, as the keys are: what walks through the records meets nothing else there. */
export function trustFolder(stateHome: string): string {
  return join(stateHome, "claude-bottle-trust");
}

export function trustFile(stateHome: string, file: string): string {
  const name = createHash("sha256").update(file).digest("hex");
  return join(trustFolder(stateHome), `${name}.json`);
}

/** What is noted for one project's manifest, by its real path; throws E_TRUST_STORE for what others could have written. */
export async function readTrust(stateHome: string, file: string): Promise<Trust | undefined> {
  if (!(await hasTrustFolder(stateHome))) return undefined;
  const trust = await readOne(trustFile(stateHome, file));
  return trust?.file === file ? trust : undefined;
}

/** Everything that is noted, by path. */
export async function listTrust(stateHome: string): Promise<readonly Trust[]> {
  const folder = trustFolder(stateHome);
  if (!(await hasTrustFolder(stateHome))) return [];
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
  const found = await Promise.all(names.map((name) => readOne(join(folder, name))));
  return found
    .filter((trust) => trust !== undefined)
    .toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

/** False where there is no such folder yet; throws E_TRUST_STORE where others may enter it. */
export async function hasTrustFolder(stateHome: string): Promise<boolean> {
  const folder = trustFolder(stateHome);
  const found = await lstat(folder).catch(() => undefined);
  if (found === undefined) return false;
  if (found.isDirectory() && isOwn(found)) return true;
  throw unusable(folder, "It must be a folder of yours that nobody else may enter (mode 0700).");
}

async function readOne(path: string): Promise<Trust | undefined> {
  const handle = await open(
    path,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  ).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw unusable(path, "It cannot be opened.");
  });
  if (handle === undefined) return undefined;
  try {
    const found = await handle.stat();
    if (!found.isFile() || !isOwn(found) || found.size > 256 * 1024)
      throw unusable(
        path,
        "It must be a small file of yours that nobody else may read (mode 0600).",
      );
    const trust = parse(await handle.readFile("utf8"));
    if (trust === undefined) throw unusable(path, "It is damaged.");
    return trust;
  } finally {
    await handle.close();
  }
}

function isOwn({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  return (process.getuid === undefined || uid === process.getuid()) && (mode & 0o077) === 0;
}

function parse(text: string): Trust | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { version, file, sha256, refers, trustedAt } = value as Partial<Trust>;
  const whole =
    version === 1 &&
    typeof file === "string" &&
    isHash(sha256) &&
    typeof trustedAt === "string" &&
    Array.isArray(refers) &&
    refers.every((pin: Partial<Pin> | null) => typeof pin?.path === "string" && isHash(pin.sha256));
  return whole ? { version, file, sha256, refers, trustedAt } : undefined;
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function unusable(file: string, why: string): BottleError {
  return new BottleError({
    code: "E_TRUST_STORE",
    what: "What was noted about trusted projects cannot be used.",
    why,
    next: "Look at it, remove it, and trust the project again with bottle trust.",
    place: { file },
  });
}
