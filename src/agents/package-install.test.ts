import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installPackage } from "./package-install.ts";
import type { PackageRelease } from "./package-install.ts";
import { treeIntegrity } from "./package-tree.ts";

let base: string;
let release: PackageRelease;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), "package-install-"));
  const source = join(base, "source");
  for (const folder of ["package/bin", "package/lib"])
    mkdirSync(join(source, folder), { recursive: true });
  writeFileSync(join(source, "package/bin/run"), "#!/bin/sh\necho ran\n", { mode: 0o755 });
  writeFileSync(join(source, "package/lib/a.js"), "a".repeat(100_000));
  writeFileSync(join(source, "package/lib/empty"), "");
  writeFileSync(join(source, "package/README.md"), "not kept");
  execFileSync("tar", ["--format=ustar", "-czf", join(base, "p.tgz"), "package"], { cwd: source });
  rmSync(join(source, "package/README.md"));
  release = {
    title: "The program",
    package: "@example/program@1.0.0",
    version: "1.0.0",
    tarball: `sha512-${createHash("sha512")
      .update(readFileSync(join(base, "p.tgz")))
      .digest("base64")}`,
    tree: await treeIntegrity(join(source, "package")),
    keep: (path) => /^package\/((?:bin|lib)\/.+)$/.exec(path)?.[1],
    size: "1 MB",
  };
  mkdirSync(join(base, "path"));
  // Stands at the far end: `npm pack` here copies a tarball of ours, and notes that it was called.
  const npm = `#!/bin/sh\necho called >> ${base}/calls\ncp ${base}/p.tgz "$5/p.tgz"\n`;
  writeFileSync(join(base, "path/npm"), npm, { mode: 0o755 });
  env = { PATH: `${base}/path:/usr/bin:/bin` };
});

afterEach(() => {
  rmSync(base, { recursive: true });
});

const install = (): Promise<string> =>
  installPackage({
    release,
    folder: join(base, "agents"),
    cacheDir: base,
    env,
    progress: () => undefined,
  });
const calls = (): number => readFileSync(join(base, "calls"), "utf8").split("\n").length - 1;

describe("a package", () => {
  it("is downloaded once, checked, and only the files that are named are kept, as they are", async () => {
    const folder = await install();
    expect(await install()).toBe(folder);
    expect(calls()).toBe(1);
    expect(readdirSync(folder, { recursive: true }).map(String).toSorted()).toEqual([
      "bin",
      "bin/run",
      "lib",
      "lib/a.js",
      "lib/empty",
    ]);
    expect(execFileSync(join(folder, "bin/run"), { encoding: "utf8" })).toBe("ran\n");
    expect(statSync(join(folder, "lib/a.js")).mode & 0o777).toBe(0o644);
    expect(readdirSync(join(base, "agents")).toSorted()).toEqual(["1.0.0", "1.0.0.stamp"]);
  });

  it("is installed once by two at a time", async () => {
    const [one, other] = await Promise.all([install(), install()]);
    expect(one).toBe(other);
    expect(await treeIntegrity(one)).toBe(release.tree);
  });

  it.each<[string, (folder: string) => void]>([
    ["changed", (folder) => appendFileSync(join(folder, "lib/a.js"), "b")],
    ["added", (folder) => writeFileSync(join(folder, "lib/b.js"), "b")],
    ["removed", (folder) => rmSync(join(folder, "lib/empty"))],
  ])("is not started where a file was %s", async (_how, change) => {
    change(await install());
    await expect(install()).rejects.toMatchObject({ code: "E_AGENT_CHANGED" });
  });

  it("is looked at anew where a file only looks changed", async () => {
    const folder = await install();
    chmodSync(join(folder, "lib/a.js"), 0o600);
    chmodSync(join(folder, "lib/a.js"), 0o644);
    expect(await install()).toBe(folder);
    expect(calls()).toBe(1);
  });

  it("is not started where a link stands in it", async () => {
    const folder = await install();
    symlinkSync("/etc/passwd", join(folder, "lib/link"));
    await expect(install()).rejects.toMatchObject({ code: "E_AGENT_CHANGED" });
  });

  it.each<[string, Partial<PackageRelease>]>([
    ["another tarball", { tarball: "sha512-x" }],
    ["other files", { tree: "sha512-x" }],
  ])("that has %s leaves nothing", async (_what, more) => {
    release = { ...release, ...more };
    await expect(install()).rejects.toMatchObject({ code: "E_AGENT_INTEGRITY" });
    expect(existsSync(join(base, "agents/1.0.0"))).toBe(false);
    expect(readdirSync(join(base, "agents"))).toEqual([]);
  });
});
