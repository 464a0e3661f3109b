/** What `bottle trust` works on: looks at a project, notes what was agreed to, and takes it back. */
import { mkdir, realpath, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { BottleError } from "../errors/error.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { checkProject } from "../manifest/project/check.ts";
import { findProject } from "../manifest/project/find.ts";
import { maxManifest, maxReferred, readInside, sha256, textOf } from "../manifest/project/pin.ts";
import { referredFiles } from "../manifest/project/refers.ts";
import type { Pin, Trust } from "../manifest/project/store.ts";
import {
  hasTrustFolder,
  listTrust,
  readTrust,
  trustFile,
  trustFolder,
} from "../manifest/project/store.ts";
import { trustState } from "../manifest/project/trust-state.ts";
import { loadUserFile } from "../manifest/user-file.ts";
import { writeAtomic } from "../record/atomic.ts";
import { manifestPlaces } from "./paths.ts";
import type { Host } from "./paths.ts";

/** A project's manifest as it is now: what a yes would be for. */
export interface ProjectLook {
  /** Real path. */
  readonly file: string;
  readonly sha256: string;
  readonly refers: readonly Pin[];
  readonly manifest: Manifest;
  /** Whether this very content is trusted, other content was, or none ever. */
  readonly before: "new" | "changed" | "trusted";
}

/** Reads the project once: what is hashed is what is checked and shown. Throws its faults with their places. */
export async function lookAtProject(host: Host, folder: string): Promise<ProjectLook> {
  const places = manifestPlaces(host, undefined, resolve(host.cwd, folder));
  const project = findProject(places.project ?? "/", places.home);
  if (project === undefined) throw nothingToTrust(places.project ?? "/");
  if (project.rivals.length > 0) throw twoManifests(join(project.folder, project.name));
  const root = await realpath(project.folder);
  const file = join(root, project.name);
  const bytes = await readInside(root, project.name, maxManifest);
  const user = await loadUserFile(places).catch((error: unknown) => {
    if (error instanceof BottleError && error.code === "E_MANIFEST_MISSING") return undefined;
    throw error;
  });
  const context = { trusted: true, user, root, home: places.home };
  const manifest = await checkProject(file, textOf(bytes, file), context);
  const refers: Pin[] = [];
  for (const path of referredFiles(manifest, root))
    refers.push({ path, sha256: sha256(await readInside(root, path, maxReferred)) });
  const noted = await readTrust(places.stateHome, file);
  const state = await trustState(places.stateHome, root, project.name);
  const before = noted === undefined ? "new" : state.trusted ? "trusted" : "changed";
  return { file, sha256: sha256(bytes), refers, manifest, before };
}

/** Notes what was shown; whatever is in the folder by now counts only if it is the same. */
export async function noteTrust(host: Host, look: ProjectLook, now: Date): Promise<void> {
  const { stateHome } = manifestPlaces(host, undefined, host.cwd);
  const { file, sha256: hash, refers } = look;
  const trust: Trust = { version: 1, file, sha256: hash, refers, trustedAt: now.toISOString() };
  await mkdir(trustFolder(stateHome), { recursive: true, mode: 0o700 });
  await hasTrustFolder(stateHome);
  await writeAtomic(trustFile(stateHome, file), `${JSON.stringify(trust)}\n`, true);
}

/** Takes trust back from a folder's manifest, also where the folder is gone; gives the paths. */
export async function revokeTrust(host: Host, folder: string): Promise<readonly string[]> {
  const { stateHome } = manifestPlaces(host, undefined, host.cwd);
  const asked = resolve(host.cwd, folder);
  const real = await realpath(asked).catch(() => asked);
  const meant = (await listTrust(stateHome)).filter(
    ({ file }) => [asked, real].includes(file) || [asked, real].includes(dirname(file)),
  );
  if (meant.length === 0) throw nothingToTrust(asked);
  for (const { file } of meant) await rm(trustFile(stateHome, file));
  return meant.map(({ file }) => file);
}

export interface TrustedProject extends Trust {
  /** Undefined while it holds; else why it does not. */
  readonly changed: string | undefined;
}

/** Every project that is trusted, and whether it still is what was trusted. */
export async function trustedProjects(host: Host): Promise<readonly TrustedProject[]> {
  const { stateHome } = manifestPlaces(host, undefined, host.cwd);
  const noted = await listTrust(stateHome);
  return Promise.all(
    noted.map(async (trust) => {
      const { file } = trust;
      const state = await trustState(stateHome, dirname(file), basename(file));
      return { ...trust, changed: state.trusted ? undefined : state.why };
    }),
  );
}

function nothingToTrust(folder: string): BottleError {
  return new BottleError({
    code: "E_TRUST_MISSING",
    what: "There is no project's manifest here, or none that is trusted.",
    next: "Go to the project's folder, or name it; bottle trust --list shows what is trusted.",
    place: { file: folder },
  });
}

function twoManifests(file: string): BottleError {
  return new BottleError({
    code: "E_MANIFEST_CONFLICT",
    what: "There are two manifests beside each other.",
    next: "Keep one of the two.",
    place: { file },
  });
}
