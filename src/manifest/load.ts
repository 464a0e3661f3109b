/** The manifest of a start: the owner's own, and what of the project's counts beside it (DESIGN section 7). */
import type { Manifest } from "./manifest.ts";
import { findProject } from "./project/find.ts";
import { loadUserFile } from "./user-file.ts";

export interface LoadOptions {
  /** From `--manifest`; otherwise the user file is looked for. */
  readonly file?: string | undefined;
  readonly home: string;
  /** `$XDG_CONFIG_HOME` or `~/.config`. */
  readonly configHome: string;
  /** `$XDG_STATE_HOME` or `~/.local/state`: where trust is noted; without it nothing is trusted. */
  readonly stateHome?: string;
  readonly cwd: string;
  /** The workspace, whose own manifest may count; default `cwd`. */
  readonly project?: string;
}

/** Throws `BottleErrors` with every fault of the owner's text, or one `BottleError` about the file itself. */
export async function loadManifest(options: LoadOptions): Promise<Manifest> {
  const project = findProject(options.project ?? options.cwd, options.home);
  if (project === undefined) return loadUserFile(options);
  const { loadWithProject } = await import("./project/load.ts");
  return loadWithProject(project, options);
}
