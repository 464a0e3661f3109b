import { chmodSync, lstatSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { useCloneLab } from "../../../tests/support/clone-lab.ts";

const lab = useCloneLab();

/** The lab's folder without its repository. */
function plainFolder(): void {
  rmSync(join(lab.repo, ".git"), { recursive: true });
}

describe("the listing of a folder without a repository", () => {
  function listing(): readonly Record<string, unknown>[] {
    return readFileSync(join(lab.base, "record/base.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  it("has every file, link and folder as it is in the copy, in a file that only its owner reads", async () => {
    plainFolder();
    lab.write("sub/run.sh", "#!/bin/sh\n");
    chmodSync(join(lab.repo, "sub/run.sh"), 0o755);
    lab.write("large.bin", Buffer.alloc(400_000, 7));
    lab.write(".env", "A=1\n");
    symlinkSync("sub/run.sh", join(lab.repo, "link"));
    const odd = Buffer.from([0x66, 0xff]);
    writeFileSync(Buffer.concat([Buffer.from(`${lab.repo}/`), odd]), "odd");
    const facts = await lab.clone();
    expect(facts).toMatchObject({ git: false, base: "base.jsonl", files: 5, ignoredLeft: 0 });
    expect(statSync(join(lab.base, "record/base.jsonl")).mode & 0o7777).toBe(0o600);
    const byPath = new Map(listing().map((entry) => [entry["path"], entry]));
    const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
    const mtimeNs = (path: string): string =>
      String(lstatSync(join(lab.copy, path), { bigint: true }).mtimeNs);
    expect(byPath.get("sub/run.sh")).toEqual({
      path: "sub/run.sh",
      kind: "file",
      mode: 0o755,
      size: 10,
      mtimeNs: mtimeNs("sub/run.sh"),
      sha256: sha256("#!/bin/sh\n"),
    });
    expect(byPath.get("large.bin")).toEqual({
      path: "large.bin",
      kind: "file",
      mode: 0o644,
      size: 400_000,
      mtimeNs: mtimeNs("large.bin"),
    });
    expect(byPath.get(".env")).toMatchObject({ size: 0, sha256: sha256("") });
    expect(byPath.get("link")).toEqual({
      path: "link",
      kind: "link",
      mode: 0o777,
      size: 10,
      mtimeNs: mtimeNs("link"),
      sha256: sha256("sub/run.sh"),
    });
    expect(byPath.get("sub")).toEqual({ path: "sub", kind: "folder", mode: 0o755 });
    expect(byPath.get("f\ufffd")).toMatchObject({ kind: "file", bytes: "66ff" });
    expect(byPath.size).toBe(6);
  });

  it("is of the files only where repositories are further down", async () => {
    plainFolder();
    lab.git(lab.base, "init", "-q", join(lab.repo, "app"));
    lab.write("app/a.txt", "a\n");
    lab.write("app/.gitignore", "out\n");
    lab.write("app/out", "x\n");
    const facts = await lab.clone();
    expect(facts).toMatchObject({ git: false, ignoredLeft: 1 });
    expect(
      listing()
        .map(({ path }) => String(path))
        .toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(["app", "app/.gitignore", "app/a.txt"]);
    expect(lab.git(join(lab.copy, "app"), "status", "--porcelain")).toBe("?? .gitignore\n?? a.txt");
  });
});
