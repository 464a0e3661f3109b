/** What the preflight says of the workspace: which folder, how it gets inside, and what that means. */
import type { WorkspaceSpec } from "../manifest/manifest.ts";
import type { Line } from "./lines.ts";
import { plain, toned } from "./lines.ts";
import { wrap } from "./layout.ts";
import type { Plan, WorkspacePlan } from "./plan.ts";

export function workspaceLines({ workspace }: Plan, columns: number): readonly Line[] {
  return [
    ...plain(wrap(workspace.source, columns)),
    ...(workspace.mode === "mount"
      ? mountLines(workspace, columns)
      : cloneWords(workspace, comesBack(workspace)).flatMap((text) => toned("dim", text, columns))),
  ];
}

/** The same of a bottle that is not about to start: no folder is known yet. */
export function workspaceSpecLines(spec: WorkspaceSpec, columns: number): readonly Line[] {
  return spec.mode === "mount"
    ? mountLines(spec, columns)
    : cloneWords(spec, "its changes come back by apply").flatMap((text) =>
        plain(wrap(text, columns)),
      );
}

/** The one mode in which a mistake of the agent is a mistake in the owner's own files. */
function mountLines({ protect }: WorkspaceSpec, columns: number): readonly Line[] {
  const also = protect.length === 0 ? "" : `, and ${protect.join(", ")}`;
  return [
    ...toned(
      "warn",
      "mount: the agent writes in this folder itself, its history included; there is no undo and nothing to apply. While it runs, use no git, editor or build there; read before you run what it wrote",
      columns,
    ),
    ...toned(
      "dim",
      `read-only inside: git hooks and config, editor tasks, agent settings, CI and shell files${also}; what is new at such a path is taken out at the end`,
      columns,
    ),
  ];
}

function comesBack({ git }: WorkspacePlan): string {
  return git
    ? "bottle apply brings its changes back as a branch"
    : "no git repository, so its changes stay in the record's folder";
}

function cloneWords({ refs, ignored, reveal }: WorkspaceSpec, back: string): readonly string[] {
  const words = [`a private copy; ${back}`];
  if (refs === "current") words.push("history: the checked-out branch alone");
  else if (refs !== "all") words.push(`history: ${refs.join(", ")}`);
  if (ignored === "all") words.push("ignored files come along");
  else if (ignored !== "none") words.push(`ignored files that come along: ${ignored.join(", ")}`);
  if (reveal.length > 0) words.push(`not masked, whatever is in them: ${reveal.join(", ")}`);
  return words;
}
