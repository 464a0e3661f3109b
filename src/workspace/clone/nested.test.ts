import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useCloneLab } from "../../../tests/support/clone-lab.ts";

const lab = useCloneLab();

describe("a repository further down", () => {
  it("has its own repository made anew; what only looks like one is left out by name", async () => {
    lab.write("a.txt", "a\n");
    lab.commit("first");
    lab.git(lab.repo, "init", "-q", "-b", "inner", "vendor/lib");
    lab.write("vendor/lib/.gitignore", "*.log\n");
    lab.write("vendor/lib/x.log", "x\n");
    lab.write("vendor/lib/lib.txt", "lib\n");
    const inner = join(lab.repo, "vendor/lib");
    lab.git(inner, "add", "-A");
    lab.git(inner, "commit", "-qm", "inner");
    lab.git(inner, "config", "remote.origin.url", "https://me:hunter2@git.example.org/lib.git");
    mkdirSync(join(lab.repo, "fixture/.git"), { recursive: true });
    lab.write("fixture/.git/HEAD", "nonsense\n");
    lab.write("fixture/plain.txt", "plain\n");
    const facts = await lab.clone();
    const copied = join(lab.copy, "vendor/lib");
    expect(lab.git(copied, "log", "--format=%s")).toBe("inner");
    expect(lab.git(copied, "status", "--porcelain")).toBe("");
    expect(lab.git(copied, "remote", "get-url", "origin")).toBe("https://git.example.org/lib.git");
    expect(facts.dropped).toEqual(["vendor/lib: remote.origin.url (userinfo)"]);
    expect(facts.ignoredLeft).toBe(1);
    expect(lab.read("fixture/plain.txt")).toBe("plain\n");
    expect(facts.skipped).toHaveLength(1);
    expect(facts.skipped[0]).toMatch(/^fixture\/\.git \(/);
  });

  it("is what a submodule becomes", async () => {
    lab.write("a.txt", "a\n");
    lab.commit("first");
    const library = join(lab.base, "library");
    lab.git(lab.base, "clone", "-q", lab.repo, library);
    lab.git(
      lab.repo,
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "--quiet",
      "add",
      library,
      "sub",
    );
    lab.commit("with a submodule");
    await lab.clone();
    expect(lab.git(lab.copy, "status", "--porcelain")).toBe("");
    expect(lab.read("sub/a.txt")).toBe("a\n");
    expect(lab.git(join(lab.copy, "sub"), "log", "--format=%s")).toBe("first");
  });
});
