/** How the workspace comes into a bottle: in short as a word, in long with what of it. */
import { byKind } from "./check/by-kind.ts";
import { list } from "./check/collection.ts";
import { object, refine, shortOrLong } from "./check/object.ts";
import { choice, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { pathGlobFormat, refGlobFormat } from "./formats/glob.ts";
import type { WorkspaceSpec } from "./manifest.ts";
import { lookUp } from "./tree.ts";

/** What holds where nothing else is written. */
export const defaultWorkspace: WorkspaceSpec = {
  mode: "clone",
  refs: "all",
  ignored: "none",
  reveal: [],
  protect: [],
};

const mode: Type<WorkspaceSpec["mode"]> = choice(["clone", "mount"]);
const pathGlobs: Type<readonly string[]> = list(text(pathGlobFormat));

const long: Type<WorkspaceSpec> = refine(
  object<WorkspaceSpec>("a workspace", {
    mode: {
      type: mode,
      doc: "clone: a private copy whose changes come back by apply. mount: the folder itself, with no undo.",
      fallback: defaultWorkspace.mode,
    },
    refs: {
      type: byKind<WorkspaceSpec["refs"]>({
        text: choice<"all" | "current">(["all", "current"]),
        list: list(text(refGlobFormat), 1),
      }),
      doc: "clone: the branches and tags whose history is copied: all, current, or globs of their names.",
      fallback: defaultWorkspace.refs,
    },
    ignored: {
      type: byKind<WorkspaceSpec["ignored"]>({
        text: choice<"none" | "all">(["none", "all"]),
        list: list(text(pathGlobFormat), 1),
      }),
      doc: "clone: the git-ignored files that are copied: none, all, or globs of their paths.",
      fallback: defaultWorkspace.ignored,
    },
    reveal: {
      type: pathGlobs,
      doc: "clone: globs of files that look like secrets and are copied all the same.",
      fallback: defaultWorkspace.reveal,
    },
    protect: {
      type: pathGlobs,
      doc: "mount: globs of paths that are read-only inside, beside those that always are.",
      fallback: defaultWorkspace.protect,
    },
  }),
  (spec, tree, report) => {
    const idle = (spec.mode === "mount" ? ["refs", "ignored", "reveal"] : ["protect"]).find(
      (key) => lookUp(tree, key) !== undefined,
    );
    if (idle === undefined) return spec;
    report.add(lookUp(tree, idle)?.at ?? tree.at, {
      code: "E_MANIFEST_CONFLICT",
      what: `"${idle}" has no meaning in a workspace of mode ${spec.mode}.`,
      next: "Remove it, or change the mode.",
    });
    return undefined;
  },
);

export const workspace: Type<WorkspaceSpec> = shortOrLong(
  refine(mode, (word) => ({ ...defaultWorkspace, mode: word })),
  long,
);
