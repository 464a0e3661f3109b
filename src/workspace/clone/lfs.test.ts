import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { useCloneLab } from "../../../tests/support/clone-lab.ts";
import { lfsPointer } from "./lfs.ts";

const lab = useCloneLab();
const small = Buffer.alloc(5_000, "small");
const large = Buffer.alloc(700_000, "large");

/** What git-lfs does: git gets pointers, by a filter of the owner's, and .git/lfs holds the content. */
beforeEach(() => {
  const clean = join(lab.base, "clean.sh");
  writeFileSync(
    clean,
    `#!/bin/sh
cat > ${lab.base}/in
grep -aq '^version https://git-lfs' ${lab.base}/in && exec cat ${lab.base}/in
printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' "$(sha256sum < ${lab.base}/in | cut -d' ' -f1)" "$(wc -c < ${lab.base}/in)"
`,
  );
  chmodSync(clean, 0o755);
  lab.git(lab.repo, "config", "filter.lfs.clean", clean);
  lab.git(lab.repo, "config", "filter.lfs.required", "true");
  mkdirSync(join(lab.repo, ".git/lfs/objects"), { recursive: true });
  writeFileSync(join(lab.repo, ".git/lfs/objects/content"), large);
  lab.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
  lab.write("small.bin", small);
  lab.write("large.bin", large);
  lab.write("text.txt", "text\n");
  // Files of the very second in which an index is written are looked into again by every git (racy-git(7)).
  for (const name of ["small.bin", "large.bin", "text.txt"])
    utimesSync(join(lab.repo, name), 1_700_000_000, 1_700_000_000);
  lab.commit("first");
});

describe("files of git-lfs", () => {
  it("are inside as they are in the folder, and git inside, which has no filter, takes them for unchanged", async () => {
    expect(lab.git(lab.repo, "show", "HEAD:small.bin")).toContain(
      "version https://git-lfs.github.com",
    );
    const { dropped } = await lab.clone();
    expect(dropped).toEqual(["filter.*.clean", "filter.*.required"]);
    expect(readFileSync(join(lab.copy, "small.bin")).equals(small)).toBe(true);
    expect(readFileSync(join(lab.copy, "large.bin")).equals(large)).toBe(true);
    expect(existsSync(join(lab.copy, ".git/lfs"))).toBe(false);
    expect(lab.git(lab.copy, "status", "--porcelain")).toBe("");
    writeFileSync(join(lab.copy, "text.txt"), "changed\n");
    lab.git(lab.copy, "add", "-A");
    lab.git(lab.copy, "commit", "-qm", "inside");
    expect(lab.git(lab.copy, "diff", "--stat", "--name-only", "HEAD~")).toBe("text.txt");
  });

  it("are known by their content where times do not tell", async () => {
    // All of them written in the tick in which the index was.
    const now = new Date();
    for (const name of ["small.bin", "large.bin"]) utimesSync(join(lab.repo, name), now, now);
    lab.git(lab.repo, "add", "-A");
    utimesSync(join(lab.repo, ".git/index"), now, now);
    await lab.clone();
    expect(lab.git(lab.copy, "status", "--porcelain")).toBe("");
    lab.write("small.bin", Buffer.alloc(5_000, "other"));
    utimesSync(join(lab.repo, "small.bin"), now, now);
    await lab.clone();
    expect(lab.git(lab.copy, "status", "--porcelain")).toBe(" M small.bin");
  });

  it("are inside as pointers where the folder has pointers", async () => {
    const pointer = lab.git(lab.repo, "show", "HEAD:small.bin");
    lab.write("small.bin", `${pointer}\n`);
    lab.git(lab.repo, "add", "small.bin");
    await lab.clone();
    expect(lab.read("small.bin")).toBe(`${pointer}\n`);
    expect(lab.git(lab.copy, "status", "--porcelain")).toBe("");
  });

  it("have the pointer that the filter makes", () => {
    const sha256 = createHash("sha256").update(small).digest("hex");
    expect(lfsPointer(sha256, small.length).toString().trimEnd()).toBe(
      lab.git(lab.repo, "show", "HEAD:small.bin"),
    );
  });
});
