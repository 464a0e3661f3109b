import { chmodSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useApplyLab } from "../../../tests/support/apply-lab.ts";
import { openDiff } from "./diff.ts";
import type { BottleDiff } from "./diff.ts";
import type { PatchLine } from "./patch.ts";

const lab = useApplyLab();

async function patch(diff: BottleDiff, part: "marked" | "rest"): Promise<readonly PatchLine[]> {
  const lines: PatchLine[] = [];
  await diff.patch(part, (line) => Promise.resolve(lines.push(line) > 0));
  return lines;
}

function text(lines: readonly PatchLine[]): string {
  return lines.map(({ bytes }) => bytes.toString()).join("\n");
}

describe("a diff", () => {
  it("has every change with its sizes, lines and marks, the dangerous ones first", async () => {
    lab.write(lab.bottle, "changed.txt", "new\nlines\n");
    lab.write(lab.bottle, "zz/package.json", "{}\n");
    writeFileSync(join(lab.bottle, "image.bin"), Buffer.from([0, 1, 2, 0, 255]));
    rmSync(join(lab.bottle, "deleted.txt"));
    chmodSync(join(lab.bottle, "kept.txt"), 0o755);
    symlinkSync("kept.txt", join(lab.bottle, "link"));
    await using diff = await openDiff(lab.work());
    expect(
      diff.files.map(({ path, sizeBefore, sizeAfter, lines, marks }) => [
        path,
        sizeBefore,
        sizeAfter,
        lines && [lines.added, lines.removed],
        marks.map(({ kind }) => kind).join(),
      ]),
    ).toEqual([
      ["kept.txt", 5, 5, [0, 0], "executable"],
      ["zz/package.json", undefined, 3, [1, 0], "package"],
      ["changed.txt", 4, 10, [2, 1], ""],
      ["deleted.txt", 10, undefined, [0, 1], ""],
      ["image.bin", undefined, 5, undefined, ""],
      ["link", undefined, 8, [1, 0], ""],
    ]);
  });

  it("has the patch of the dangerous files apart from all others", async () => {
    lab.write(lab.bottle, "package.json", "{}\n");
    lab.write(lab.bottle, "changed.txt", "new\n");
    writeFileSync(join(lab.bottle, "image.bin"), Buffer.from([0, 1, 2, 0, 255]));
    await using diff = await openDiff(lab.work());
    const marked = await patch(diff, "marked");
    expect(marked.map(({ kind }) => kind)).toEqual([
      "file",
      "head",
      "head",
      "head",
      "hunk",
      "added",
    ]);
    expect(text(marked)).toContain("+++ b/package.json");
    expect(text(marked)).not.toContain("changed.txt");
    const rest = await patch(diff, "rest");
    expect(text(rest)).toContain("-old\n+new");
    expect(text(rest)).toContain("Not text: nothing before, 5 bytes now");
    expect(text(rest)).not.toContain("package.json");
  });

  it("tells a renamed file as one, unless its name makes it dangerous", async () => {
    const long = Array.from({ length: 50 }, (_value, line) => `line ${line}\n`).join("");
    lab.write(lab.repo, "one.txt", long);
    lab.write(lab.repo, "two.txt", long.replaceAll("line", "other"));
    lab.commit(lab.repo, "long");
    await lab.copy();
    renameSync(join(lab.bottle, "one.txt"), join(lab.bottle, "renamed.txt"));
    renameSync(join(lab.bottle, "two.txt"), join(lab.bottle, "Makefile"));
    await using diff = await openDiff(lab.work());
    expect(text(await patch(diff, "rest"))).toContain("rename to renamed.txt");
    expect(text(await patch(diff, "marked"))).toContain("+other 0");
  });

  it("takes no line of a file for one of its own", async () => {
    lab.write(
      lab.bottle,
      "tricks.txt",
      "diff --git a/x b/x\n@@ -1 +1 @@\nBinary files a and b differ\n--- a\n\\ No\n",
    );
    await using diff = await openDiff(lab.work());
    const lines = await patch(diff, "rest");
    expect(lines.filter(({ kind }) => kind === "added")).toHaveLength(5);
    expect(lines.filter(({ kind }) => kind === "file" || kind === "hunk")).toHaveLength(2);
  });

  it("cuts long lines and says by how much; large files are no text", async () => {
    lab.write(lab.bottle, "long.txt", `${"x".repeat(100_000)}\n`);
    lab.write(lab.bottle, "large.txt", "line\n".repeat(2_000_000));
    await using diff = await openDiff(lab.work());
    const lines = await patch(diff, "rest");
    expect(lines.find(({ cut }) => cut > 0)).toMatchObject({ kind: "added", cut: 100_001 - 4096 });
    expect(text(lines)).toContain("Not text: nothing before, 10000000 bytes now");
  });

  it("ends when nobody takes more", async () => {
    lab.write(lab.bottle, "long.txt", "line\n".repeat(500_000));
    await using diff = await openDiff(lab.work());
    let count = 0;
    await diff.patch("rest", () => Promise.resolve((count += 1) < 10));
    expect(count).toBe(10);
  });

  it("names commits as they name themselves, and what it does not show", async () => {
    lab.write(lab.bottle, "one.txt", "1\n");
    lab.commit(lab.bottle, "subject \u001b[31m\n\nbody");
    writeFileSync(join(lab.bottle, "huge"), "");
    truncateSync(join(lab.bottle, "huge"), 2 ** 40);
    await using diff = await openDiff(lab.work());
    expect(diff.commitCount).toBe(1);
    expect(diff.commits[0]?.subject.toString()).toBe("subject \u001b[31m");
    expect(diff.commits[0]?.author.toString()).toBe("t <t@example.org>");
    expect(diff.skipped).toMatchObject([{ path: "huge" }]);
  });

  it("is empty where nothing was done", async () => {
    await using diff = await openDiff(lab.work());
    expect(diff).toMatchObject({ files: [], commitCount: 0, skipped: [], cutOff: false });
    expect(await patch(diff, "marked")).toEqual([]);
    expect(await patch(diff, "rest")).toEqual([]);
  });
});
