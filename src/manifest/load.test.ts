import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BottleError } from "../errors/error.ts";
import type { LoadOptions } from "./load.ts";
import { loadManifest } from "./load.ts";

const least = "version: 1\nbottles: {dev: {}}\nagents: {me: {bottle: dev}}\n";
const examples = join(import.meta.dirname, "../../examples");

let home: string;
let options: LoadOptions;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "manifest-"));
  options = { home, configHome: join(home, ".config"), cwd: home };
  await mkdir(join(home, ".config/claude-bottle"), { recursive: true });
});
afterEach(() => rm(home, { recursive: true }));

function place(name: string, content: string | Uint8Array = least): Promise<void> {
  return writeFile(join(home, name), content, { mode: 0o600 });
}

async function refusal(over: Partial<LoadOptions> = {}): Promise<BottleError> {
  return loadManifest({ ...options, ...over }).then(
    () => expect.unreachable("it loaded"),
    (error: unknown) => error as BottleError,
  );
}

describe("the user file", () => {
  it.each(["bottles.yaml", "bottles.yml"])("is found as %s", async (name) => {
    await place(`.config/claude-bottle/${name}`);
    const manifest = await loadManifest(options);
    expect(manifest.file).toBe(join(home, ".config/claude-bottle", name));
    expect([...manifest.agents.keys()]).toEqual(["me"]);
  });

  it("is found as JSON, with the same places in errors", async () => {
    await place(
      ".config/claude-bottle/bottles.json",
      '{\n  "version": 1,\n  "bottles": {"dev": {"rungg": "namespace"}}\n}\n',
    );
    expect(await refusal()).toMatchObject({
      errors: [{ code: "E_MANIFEST_UNKNOWN_KEY", place: { line: 3, column: 23 } }],
    });
  });

  it("must be one", async () => {
    await place(".config/claude-bottle/bottles.yaml");
    await place(".config/claude-bottle/bottles.json", "{}");
    expect(await refusal()).toMatchObject({ code: "E_MANIFEST_CONFLICT" });
  });

  it("is missed with the place where it is looked for", async () => {
    expect(await refusal()).toMatchObject({
      code: "E_MANIFEST_MISSING",
      why: expect.stringContaining("~/.config/claude-bottle/bottles.yaml") as string,
    });
  });

  it("is not looked for when another is named", async () => {
    await place(".config/claude-bottle/bottles.yaml", "nonsense");
    await place("other.yaml");
    expect((await loadManifest({ ...options, file: "other.yaml" })).file).toBe(
      join(home, "other.yaml"),
    );
    expect(await refusal({ file: "none.yaml" })).toMatchObject({
      code: "E_MANIFEST_MISSING",
      place: { file: join(home, "none.yaml") },
    });
  });
});

describe("a file that cannot be used", () => {
  it.each([
    ["empty", ""],
    ["blank", " \n\n"],
    ["not UTF-8", Uint8Array.of(0x76, 0xff, 0xfe)],
    ["too large", `${least}#${"x".repeat(1024 * 1024)}`],
  ])("is refused when it is %s", async (_name, content) => {
    await place("m.yaml", content);
    expect(await refusal({ file: "m.yaml" })).toMatchObject({
      code: "E_MANIFEST_UNREADABLE",
      place: { file: join(home, "m.yaml") },
    });
  });

  it("is refused when everybody can write it", async () => {
    await place("m.yaml");
    await chmod(join(home, "m.yaml"), 0o646);
    expect(await refusal({ file: "m.yaml" })).toMatchObject({ code: "E_MANIFEST_UNREADABLE" });
  });

  it("is refused when it is a folder or a FIFO, without waiting for a writer", async () => {
    execFileSync("mkfifo", [join(home, "fifo")]);
    expect(await refusal({ file: "fifo" })).toMatchObject({ code: "E_MANIFEST_UNREADABLE" });
    expect(await refusal({ file: "." })).toMatchObject({ code: "E_MANIFEST_UNREADABLE" });
  });
});

it("a project's own file is ignored, whatever it says, with a hint", async () => {
  await place(".config/claude-bottle/bottles.yaml");
  const before = await loadManifest(options);
  await place(
    ".claude-bottle.yaml",
    "version: 1\nbottles: {dev: {egress: {allow: [evil.example]}}}\n",
  );
  const after = await loadManifest(options);
  expect(after.bottles).toEqual(before.bottles);
  expect(before.hints).toEqual([]);
  expect(after.hints).toHaveLength(1);
  expect(after.hints[0]).toContain("bottle trust");
});

describe("examples", async () => {
  // Also those in folders; what lies beside them there is a unit, a script or an image's recipe, and no manifest.
  const files = await readdir(examples, { recursive: true });
  const manifests = files.filter((name) => /\.(?:ya?ml|json)$/.test(name));
  it.each(manifests)("%s loads", async (name) => {
    const manifest = await loadManifest({ ...options, file: join(examples, name) });
    expect(manifest.bottles.size).toBeGreaterThan(0);
    // A gateway alone has nobody to start.
    if (!name.startsWith("gateway/")) expect(manifest.agents.size).toBeGreaterThan(0);
  });
});
