import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { defaultRecipe, ownRecipe } from "./recipe.ts";
import { tarOf } from "./tar.ts";

const dir = mkdtempSync(join(tmpdir(), "bottle-recipe-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function dockerfile(text: string): string {
  const file = join(dir, "Dockerfile");
  writeFileSync(file, text);
  return file;
}

describe("what an image is built from", () => {
  it("has a name by its content: the same has the same, and anything else another", () => {
    const one = ownRecipe({ kind: "build", file: dockerfile("FROM a\n"), sha256: null });
    const same = ownRecipe({ kind: "build", file: dockerfile("FROM a\n"), sha256: null });
    const other = ownRecipe({ kind: "build", file: dockerfile("FROM b\n"), sha256: null });
    expect(one.name).toMatch(/^claude-bottle\/own:[0-9a-f]{16}$/);
    expect(same.name).toBe(one.name);
    expect(other.name).not.toBe(one.name);
    expect([...one.files.keys()]).toEqual(["Dockerfile"]);
  });

  it("is only what was trusted", () => {
    const file = dockerfile("FROM a\n");
    const sha256 = createHash("sha256").update("FROM a\n").digest("hex");
    expect(ownRecipe({ kind: "build", file, sha256 }).what).toBe(file);
    dockerfile("FROM a\nRUN evil\n");
    expect(() => ownRecipe({ kind: "build", file, sha256 })).toThrow(
      "not the one that was trusted",
    );
  });

  it.each(["missing", "a folder"])("is refused where the Dockerfile is %s", (what) => {
    const file = join(dir, what);
    if (what === "a folder") mkdirSync(file);
    expect(() => ownRecipe({ kind: "build", file, sha256: null })).toThrow("cannot be read");
  });

  it("is for the default image what the build put beside the program", () => {
    writeFileSync(join(dir, "default-image.json"), JSON.stringify({ Dockerfile: "FROM a\n" }));
    const { name, files } = defaultRecipe(dir);
    expect(name).toMatch(/^claude-bottle\/default:/);
    expect(files.get("Dockerfile")?.toString()).toBe("FROM a\n");
  });

  it("goes as an archive that tar reads, and is the same every time", () => {
    const files = new Map([
      ["Dockerfile", Buffer.from("FROM a\n")],
      ["empty", Buffer.alloc(0)],
      ["block", Buffer.alloc(512, "x")],
    ]);
    const archive = tarOf(files);
    expect(tarOf(files).equals(archive)).toBe(true);
    const listed = spawnSync("tar", ["-tvf", "-"], { input: archive, encoding: "utf8" });
    expect(listed.stderr).toBe("");
    expect(listed.stdout.split("\n").map((line) => line.split(/\s+/).at(-1))).toEqual([
      ...["Dockerfile", "empty", "block", ""],
    ]);
    const out = spawnSync("tar", ["-xOf", "-", "Dockerfile"], { input: archive, encoding: "utf8" });
    expect(out.stdout).toBe("FROM a\n");
    expect(() => tarOf(new Map([["../x", Buffer.alloc(0)]]))).toThrow(RangeError);
  });
});
