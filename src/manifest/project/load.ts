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
  const ignored = (why: string): Manifest =>
    withoutProject(user, `${name} in this folder is ignored: ${why}`);
  if (rivals.length > 0) return ignored(`${rivals.join(" and ")} is there, too. Keep one.`);
  const own = user instanceof BottleError ? undefined : user;
  const state = await trustState(options.stateHome, root, name);
  if (!state.trusted && !hasOpenBottle(own)) return ignored(`${state.why} ${remedy}`);
  const context = { trusted: state.trusted, user: own, root, home: options.home };
  try {
    const text = textOf(state.bytes ?? (await readInside(root, name, maxManifest)), file);
    const manifest = await checkProject(file, text, context);
    const loose = state.trusted ? unpinned(manifest, root, state.refers) : undefined;
    if (loose !== undefined)
      return ignored(`It refers to ${loose}, which was not pinned. ${remedy}`);
    return joinProject(own, manifest, { file, root, state, name });
  } catch (error) {
    return ignored(
      `${state.trusted ? "" : `${state.why} `}${firstOf(error)} ${state.trusted ? "" : remedy}`.trim(),
    );
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
