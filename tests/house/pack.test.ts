/** What is published works where nothing of this clone is: packed, installed, asked and imported. */
import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, run, scratch } from "./scratch.ts";
import type { RunEnd } from "./scratch.ts";

interface PackageFile {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

const own = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as PackageFile;

describe("the packed package, installed in an empty folder with an empty home", () => {
  let place: Awaited<ReturnType<typeof scratch>>;
  let app: string;
  let env: NodeJS.ProcessEnv;
  let packed: readonly string[];

  beforeAll(async () => {
    place = await scratch();
    app = join(place.dir, "app");
    const home = join(place.dir, "home");
    for (const dir of [app, home]) await mkdir(dir);
    // A variable, not a file: the home stays empty. What npm was told about its registry stays as it is.
    const settings = Object.entries(process.env).filter(([name]) =>
      /^(npm_config_|NODE_EXTRA_CA|https?_proxy|no_proxy)/i.test(name),
    );
    env = {
      ...Object.fromEntries(settings),
      PATH: process.env["PATH"],
      HOME: home,
      npm_config_update_notifier: "false",
    };
    const argv = [
      "npm",
      "pack",
      "--json",
      "--ignore-scripts=false",
      "--pack-destination",
      place.dir,
    ];
    const pack = await run(argv, { cwd: root, env });
    const [made] = JSON.parse(pack.stdout) as readonly {
      filename: string;
      files: readonly { path: string }[];
    }[];
    if (made === undefined) throw new Error(pack.stderr);
    packed = made.files.map(({ path }) => path);
    await writeFile(join(app, "package.json"), "{}");
    const install = await run(
      [
        "npm",
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        join(place.dir, made.filename),
      ],
      { cwd: app, env },
    );
    if (install.code !== 0) throw new Error(install.stderr);
  });
  afterAll(() => place[Symbol.asyncDispose]());

  const node = (...args: readonly string[]): Promise<RunEnd> =>
    run([process.execPath, ...args], { cwd: app, env });

  it("runs its command", async () => {
    expect(
      await run([join(app, "node_modules/.bin/bottle"), "--version"], { cwd: app, env }),
    ).toMatchObject({ code: 0, stdout: `${own.version}\n`, stderr: "" });
    const help = await run([join(app, "node_modules/.bin/bottle"), "--help"], { cwd: app, env });
    expect(help.stdout).toContain("bottle start");
    expect(help.code).toBe(0);
  });

  it("holds no file that this Node cannot parse", async () => {
    const dist = join(app, "node_modules/claude-bottle/dist");
    const files = (await readdir(dist)).filter((name) => /\.m?js$/.test(name));
    expect(files.length).toBeGreaterThan(10);
    const refused: string[] = [];
    for (const name of files)
      if ((await node("--check", join(dist, name))).code !== 0) refused.push(name);
    expect(refused).toEqual([]);
  });

  it("can be imported as the SDK, and required", async () => {
    const script = 'import("claude-bottle").then((sdk) => console.log(Object.keys(sdk).join(" ")))';
    const { stdout, stderr, code } = await node("-e", script);
    expect(stderr).toBe("");
    expect(stdout.trim().split(" ")).toEqual(
      expect.arrayContaining(["BottleError", "planBottle", "startBottle", "version"]),
    );
    expect(code).toBe(0);
  });

  it("brings types that a strict program can use", async () => {
    const source =
      'import { startBottle, BottleError } from "claude-bottle";\nimport type { Plan } from "claude-bottle";\n' +
      "export const id = (plan: Plan): string => plan.id;\nexport const wrong: string = startBottle;\nexport { BottleError };\n";
    await writeFile(join(app, "use.ts"), source);
    const flags = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2023",
      "--lib",
      "es2023,esnext.disposable",
    ];
    const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
    const { stdout } = await node(
      join(root, "node_modules/@typescript/native/bin/tsc"),
      ...flags,
      ...types,
      "use.ts",
    );
    // One planted mistake, and no other.
    const complaints = stdout.split("\n").filter((line) => line.includes("error"));
    expect(complaints).toEqual([expect.stringContaining("use.ts(4,")]);
  });

  it("holds dist and the legal texts, and nothing else", () => {
    const strange = packed.filter(
      (path) => !/^(dist\/.+|package\.json|README\.md|CHANGELOG\.md|LICENSE|NOTICE)$/.test(path),
    );
    expect(strange).toEqual([]);
    expect(packed).toEqual(
      expect.arrayContaining([
        "LICENSE",
        "NOTICE",
        "dist/cli.js",
        "dist/supervisor.js",
        "dist/helper.js",
        "dist/index.mjs",
        "dist/types/index.d.ts",
      ]),
    );
  });

  it("leaves every run-time dependency loadable on this Node", async () => {
    for (const name of Object.keys(own.dependencies))
      expect(await node("-e", `require(${JSON.stringify(name)})`)).toMatchObject({
        code: 0,
        stderr: "",
      });
  });
});

describe("the built files", () => {
  it("need nothing but Node's own modules and the run-time dependencies", async () => {
    const files = (await readdir(join(root, "dist"))).filter((name) => /\.m?js$/.test(name));
    const strange: string[] = [];
    for (const file of files) {
      const text = await readFile(join(root, "dist", file), "utf8");
      const wanted = [
        ...text.matchAll(/(?:\brequire|\bimport)\((["'`])([^"'`]+)\1\)|\bfrom\s*"([^"]+)"/g),
      ].map((found) => found[2] ?? found[3] ?? "");
      strange.push(
        ...wanted
          .filter(
            (name) => !isBuiltin(name) && !name.startsWith("./") && !(name in own.dependencies),
          )
          .map((name) => `${file}: ${name}`),
      );
    }
    expect(strange).toEqual([]);
  });

  it("are one file for the helper, since nothing else of them is inside a bottle", async () => {
    const text = await readFile(join(root, "dist/helper.js"), "utf8");
    const wanted = [...text.matchAll(/\b(?:require|import)\((["'`])([^"'`]+)\1\)/g)].map(
      (found) => found[2] ?? "",
    );
    expect(wanted.length).toBeGreaterThan(3);
    expect(wanted.filter((name) => !isBuiltin(name))).toEqual([]);
    expect((await stat(join(root, "dist/helper.js"))).size).toBeLessThan(256 * 1024);
  });

  it("say the version that package.json says", async () => {
    const { version } = await import("../../src/version.ts");
    expect(version).toBe(own.version);
  });
});
