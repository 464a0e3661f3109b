/** The owner's manifest with what counts of a project's: nothing, agents of an untrusted one, or all of a trusted one. */
import { join, resolve } from "node:path";
import { realpath } from "node:fs/promises";
import { BottleError, BottleErrors } from "../../errors/error.ts";
import type { LoadOptions } from "../load.ts";
import type { Manifest } from "../manifest.ts";
import { loadUserFile } from "../user-file.ts";
import { checkProject } from "./check.ts";
import type { ProjectFile } from "./find.ts";
import { joinProject } from "./join.ts";
import { maxManifest, readInside, textOf } from "./pin.ts";
import { referredFiles } from "./refers.ts";
import type { Pin } from "./store.ts";
import { trustState } from "./trust-state.ts";

/** A project never stops a start: what is wrong with it is a hint. */
export async function loadWithProject(
  project: ProjectFile,
  options: LoadOptions,
): Promise<Manifest> {
  const { folder, name, rivals } = project;
  const root = await realpath(folder);
  const file = join(root, name);
  const named = options.file === undefined ? undefined : resolve(options.cwd, options.file);
  // Who names the project's file on the command line has said that it is his.
  if (named === join(folder, name) || named === file) return loadUserFile(options);
  const user = await loadUserFile(options).catch((error: unknown) => {
    if (isMissing(error) && named === undefined) return error;
    throw error;
  });
  const own = user instanceof BottleError ? undefined : user;
  const joined =
    rivals.length > 0
      ? `${rivals.join(" and ")} is there, too. Keep one.`
      : await joinOrWhyNot(own, { root, name, file }, options);
  return typeof joined === "string"
    ? withoutProject(user, `${name} in this folder is ignored. ${joined}`)
    : joined;
}

interface RealFile {
  readonly root: string;
  readonly name: string;
  readonly file: string;
}

/** Both manifests in one, or the reason why the project's does not count. */
async function joinOrWhyNot(
  user: Manifest | undefined,
  { root, name, file }: RealFile,
  { stateHome, home }: LoadOptions,
): Promise<Manifest | string> {
  const state = await trustState(stateHome, root, name);
  if (!state.trusted && !hasOpenBottle(user)) return `${state.why} ${remedy}`;
  try {
    const bytes = state.trusted ? state.bytes : await readInside(root, name, maxManifest);
    const context = { trusted: state.trusted, user, root, home };
    const manifest = await checkProject(file, textOf(bytes, file), context);
    const loose = state.trusted ? unpinned(manifest, root, state.refers) : undefined;
    if (loose !== undefined) return `It refers to ${loose}, which was not pinned. ${remedy}`;
    return joinProject(user, manifest, { file, root, state, name });
  } catch (error) {
    const first = firstOf(error);
    return state.trusted ? first : `${state.why} ${first} ${remedy}`;
  }
}

const remedy = "Look at it, then run `bottle trust`.";

/** A version that knows more keys must not take for pinned what an older one did not see. */
function unpinned(manifest: Manifest, root: string, pins: readonly Pin[]): string | undefined {
  return referredFiles(manifest, root).find((path) => !pins.some((pin) => pin.path === path));
}

function hasOpenBottle(user: Manifest | undefined): boolean {
  return [...(user?.bottles.values() ?? [])].some(({ projectAgents }) => projectAgents);
}

/** Without a manifest of the owner's there is nothing left to start; then the hint is the remedy. */
function withoutProject(user: Manifest | BottleError, hint: string): Manifest {
  if (!(user instanceof BottleError)) return { ...user, hints: [...user.hints, hint] };
  throw new BottleError({
    code: user.code,
    what: user.message,
    why: `${user.why ?? ""} ${hint}`.trim(),
    ...(user.next !== undefined && { next: user.next }),
  });
}

function isMissing(error: unknown): error is BottleError {
  return error instanceof BottleError && error.code === "E_MANIFEST_MISSING";
}

/** The first fault with its place, in a sentence. */
function firstOf(error: unknown): string {
  const first = error instanceof BottleErrors ? error.errors[0] : error;
  if (!(first instanceof BottleError)) throw error;
  const { place, why } = first;
  const where = place?.line === undefined ? "" : ` (line ${place.line}, column ${place.column})`;
  return `${first.message.replace(/\.$/, "")}${where}.${why === undefined ? "" : ` ${why}`}`;
}
