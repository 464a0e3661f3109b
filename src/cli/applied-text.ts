/** The answer of `bottle apply`. */
import type { Style } from "../plan/style.ts";
import type { ApplyResult } from "../workspace/apply/apply.ts";
import { count, markLines, pathJson, pathText } from "./marks.ts";

export function renderApplied(id: string, applied: ApplyResult, style: Style): string {
  const lines = [...recoveredLines(applied), ...cameLines(applied)];
  if (applied.leftOut.length > 0) {
    lines.push(`Left out, because something runs or obeys it without asking you:`);
    lines.push(...markLines(applied.leftOut, style));
    const again = `bottle apply ${id}${applied.to === "worktree" ? " --to worktree" : ""} --include-dangerous`;
    lines.push(`  look at them with: bottle diff ${id}`, `  bring them with:   ${again}`);
  }
  if (applied.rewritten > 0)
    lines.push(
      `${count(applied.rewritten, "commit")} came without such files, and so with other ids than in the bottle.`,
    );
  for (const { path, reason } of applied.skipped)
    lines.push(`Left out: ${pathText(path)}: ${reason}`);
  for (const branch of applied.otherBranches) lines.push(`Not brought: branch ${pathText(branch)}`);
  if (applied.stashed) lines.push("Not brought: what the bottle put into git stash");
  return `${lines.join("\n")}\n`;
}

function recoveredLines({ recovered }: ApplyResult): readonly string[] {
  if (recovered === undefined) return [];
  return [
    "An earlier apply had been cut off while it wrote; what it wrote was taken back first.",
    ...recovered.left.map(
      (path) =>
        `  left as it is, because it changed since: ${pathText(path)} (what it was is in kept/ of the record)`,
    ),
  ];
}

function cameLines(applied: ApplyResult): readonly string[] {
  const { to, branch, commits, looseFiles, written } = applied;
  if (to === "worktree")
    return [
      written === 0
        ? "Your folder has nothing to get from the bottle."
        : `${count(written, "file")} written into your folder.`,
    ];
  if (branch === undefined) return ["Nothing new in the bottle."];
  const loose = looseFiles > 0 ? `, the last with ${count(looseFiles, "loose file")}` : "";
  return [
    `${branch}: ${count(commits, "new commit")}${loose}`,
    `  see it with: git log -p HEAD..${branch}`,
  ];
}

export function appliedJson(applied: ApplyResult): object {
  return {
    ...applied,
    branch: applied.branch ?? null,
    commit: applied.commit ?? null,
    leftOut: applied.leftOut.map(({ path, reasons }) => ({ ...pathJson(path), reasons })),
    skipped: applied.skipped.map(({ path, reason }) => ({ ...pathJson(path), reason })),
    otherBranches: applied.otherBranches.map((branch) => pathJson(branch).path),
    recovered:
      applied.recovered === undefined
        ? null
        : { left: applied.recovered.left.map((path) => pathJson(path).path) },
  };
}
