/** Docs cannot go stale: every reference resolves, every manifest loads, every shell block runs or says why not. */
import { access, mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { loadManifest } from "../../src/manifest/load.ts";
import { blocksOf, linksOf, pathsOf } from "./markdown.ts";
import { root, run, scratch } from "./scratch.ts";

const top = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
const inDocs = (await readdir(join(root, "docs"), { recursive: true }))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`);

const pages = await Promise.all(
  [...top, ...inDocs].map(async (page) => {
    const text = await readFile(join(root, page), "utf8");
    return { page, text, blocks: blocksOf(text) };
  }),
);

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

describe.each(pages)("$page", ({ page, text, blocks }) => {
  it("links to nothing that is not there", async () => {
    const broken: string[] = [];
    for (const link of linksOf(text)) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? join(root, page) : resolve(root, dirname(page), path);
      if (!(await exists(target))) broken.push(link);
      else if (anchor !== undefined && !(await headings(target)).includes(anchor))
        broken.push(link);
    }
    expect(broken).toEqual([]);
  });

  it("names no file that is not there", async () => {
    const broken: string[] = [];
    for (const path of pathsOf(text)) if (!(await exists(join(root, path)))) broken.push(path);
    expect(broken).toEqual([]);
  });

  it("shows only manifests that load", async () => {
    await using place = await scratch();
    const file = join(place.dir, "bottles.yaml");
    for (const block of blocks.filter(
      ({ info, body }) => info === "yaml" && body.startsWith("version: 1"),
    )) {
      await writeFile(file, block.body);
      const manifest = await loadManifest({
        file,
        cwd: place.dir,
        home: place.dir,
        configHome: join(place.dir, ".config"),
      });
      expect(manifest.version, `line ${block.line}`).toBe(1);
    }
  });

  it("has no shell block that neither runs nor says why not", () => {
    const silent = blocks
      .filter(
        ({ info, above }) =>
          /^(sh|bash|shell|console)$/.test(info) && !/^<!-- not run: \S.* -->$/.test(above),
      )
      .map(({ line }) => line);
    expect(silent).toEqual([]);
  });

  it("has shell blocks that do what they show", async () => {
    for (const block of blocks.filter(({ info }) => info === "sh test")) {
      await using place = await scratch();
      const bin = join(place.dir, "bin");
      const home = join(place.dir, "home");
      const work = join(place.dir, "work");
      for (const dir of [bin, home, work]) await mkdir(dir);
      await symlink(join(root, "bottle"), join(bin, "bottle"));
      const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: home };
      const end = await run(["sh", "-eu", "-c", block.body], { cwd: work, env });
      expect({ line: block.line, ...end }).toMatchObject({ code: 0 });
    }
  });
});

/** Anchors of a page, as the usual renderers make them. */
async function headings(file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8");
  return [...text.matchAll(/^#+ +(.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
