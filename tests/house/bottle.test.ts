/** The command of a clone, `./bottle`: what it brings by itself, and what it says where it cannot. */
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, readFile, readdir, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lacksProgram, need, notApplicable } from "../support/require.ts";
import { root, run, scratch } from "./scratch.ts";

const parts = [
  "bottle",
  "src",
  "bench",
  "images",
  "scripts",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  ".npmrc",
];

interface Clone extends AsyncDisposable {
  readonly dir: string;
  readonly bottle: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A copy of what `./bottle` needs, with an empty home; what is not there yet is left for it to bring. */
async function clone(has: "nothing" | "packages" | "packages and build"): Promise<Clone> {
  const place = await scratch();
  const dir = join(place.dir, "clone");
  const home = join(place.dir, "home");
  await mkdir(home);
  for (const part of parts)
    await cp(join(root, part), join(dir, part), { recursive: true, preserveTimestamps: true });
  if (has === "packages and build")
    await cp(join(root, "dist"), join(dir, "dist"), { recursive: true, preserveTimestamps: true });
  if (has !== "nothing") await linkPackages(dir);
  const settings = Object.entries(process.env).filter(([name]) =>
    /^(npm_config_|NODE_EXTRA_CA|https?_proxy|no_proxy)/i.test(name),
  );
  const env = { ...Object.fromEntries(settings), PATH: process.env["PATH"], HOME: home };
  return {
    dir,
    bottle: join(dir, "bottle"),
    env,
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

/** A folder of links: what an installation would remove in it is not the packages of this clone. */
async function linkPackages(dir: string): Promise<void> {
  const own = join(root, "node_modules");
  await mkdir(join(dir, "node_modules"));
  for (const name of await readdir(own))
    if (!name.startsWith(".")) await symlink(join(own, name), join(dir, "node_modules", name));
  await writeFile(
    join(dir, "node_modules/.package-lock.json"),
    await readFile(join(own, ".package-lock.json")),
  );
}

/** A PATH of its own: these programs and no other, but for scripts that stand in. */
async function pathOf(
  dir: string,
  programs: readonly string[],
  scripts: Readonly<Record<string, string>> = {},
): Promise<string> {
  const bin = join(dir, "bin");
  await mkdir(bin);
  for (const name of programs) {
    const { stdout } = await run(["sh", "-c", 'command -v "$1"', "sh", name], { cwd: dir });
    await symlink(name === "node" ? process.execPath : stdout.trim(), join(bin, name));
  }
  for (const [name, text] of Object.entries(scripts)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(bin, name), 0o755);
  }
  return bin;
}

const basics = ["sh", "find", "head", "mkdir", "uname", "readlink", "flock"];
const version = (
  JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string }
).version;

describe("./bottle", () => {
  it("builds once, says so on stderr alone, and is silent from then on", async () => {
    await using place = await clone("packages");
    const first = await run([place.bottle, "--version"], { cwd: "/", env: place.env });
    expect(first).toMatchObject({ code: 0, stdout: `${version}\n` });
    expect(first.stderr).toContain("building");
    const second = await run([place.bottle, "--version"], { cwd: "/", env: place.env });
    expect(second).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("builds anew when a source changed, and not when a test did", async () => {
    await using place = await clone("packages");
    await run([place.bottle, "--version"], { cwd: "/", env: place.env });
    const later = new Date(Date.now() + 5000);
    await utimes(join(place.dir, "src/errors/error.test.ts"), later, later);
    expect((await run([place.bottle, "--version"], { cwd: "/", env: place.env })).stderr).toBe("");
    await writeFile(join(place.dir, "src/version.ts"), 'export const version: string = "9.9.9";\n');
    await utimes(join(place.dir, "src/version.ts"), later, later);
    const changed = await run([place.bottle, "--version"], { cwd: "/", env: place.env });
    expect(changed.stdout).toBe("9.9.9\n");
  });

  it("runs through a symbolic link, from any folder", async () => {
    await using place = await clone("packages and build");
    await mkdir(join(place.dir, "bin"));
    await symlink("../bottle", join(place.dir, "bin/inner"));
    await symlink(join(place.dir, "bin/inner"), join(place.dir, "outer"));
    const { stdout } = await run([join(place.dir, "outer"), "--version"], {
      cwd: "/usr",
      env: place.env,
    });
    expect(stdout).toBe(`${version}\n`);
    const beside = await run(["sh", "bottle", "--version"], { cwd: place.dir, env: place.env });
    expect(beside.stdout).toBe(`${version}\n`);
  });

  it("lets one of two runs at once build, and the other wait for it", async (context) => {
    need(context, lacksProgram("flock"));
    await using place = await clone("packages");
    const both = await Promise.all(
      [1, 2].map(() => run([place.bottle, "--version"], { cwd: "/", env: place.env })),
    );
    expect(both.map(({ stdout }) => stdout)).toEqual([`${version}\n`, `${version}\n`]);
    expect(
      both
        .map(({ stderr }) => stderr)
        .join("")
        .match(/bottle: building/g),
    ).toHaveLength(1);
  });

  it("installs the packages of the lock file in a fresh clone with an empty home", async () => {
    await using place = await clone("nothing");
    const cache = (await run(["npm", "config", "get", "cache"], { cwd: root })).stdout.trim();
    const env = { ...place.env, npm_config_cache: cache, npm_config_prefer_offline: "true" };
    const end = await run([place.bottle, "--version"], { cwd: "/", env });
    expect(end).toMatchObject({ code: 0, stdout: `${version}\n` });
    expect(end.stderr).toContain("installing packages of package-lock.json");
    const again = await run([place.bottle, "--version"], { cwd: "/", env });
    expect(again).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  }, 180_000);

  it("does not let npm empty what a linked node_modules points to", async () => {
    await using place = await clone("nothing");
    const elsewhere = join(place.dir, "elsewhere");
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, "kept"), "");
    await symlink(elsewhere, join(place.dir, "node_modules"));
    const end = await run([place.bottle, "--version"], { cwd: "/", env: place.env });
    expect(end).toMatchObject({ code: 2, stdout: "" });
    expect(end.stderr).toContain("symbolic link");
    expect(await readdir(elsewhere)).toEqual(["kept"]);
  });

  it("says what to install where there is no Node", async () => {
    await using place = await clone("packages and build");
    const PATH = await pathOf(place.dir, basics);
    const end = await run(["/bin/sh", place.bottle, "--version"], {
      cwd: "/",
      env: { ...place.env, PATH },
    });
    expect(end).toMatchObject({ code: 2, stdout: "" });
    expect(end.stderr).toContain("Install Node 20.19 or newer");
  });

  it.each(["18.20.4", "20.18.1"])("refuses Node %s", async (old) => {
    await using place = await clone("packages and build");
    const PATH = await pathOf(place.dir, basics, { node: `echo ${old}` });
    const end = await run(["/bin/sh", place.bottle, "--version"], {
      cwd: "/",
      env: { ...place.env, PATH },
    });
    expect(end).toMatchObject({ code: 2, stdout: "" });
    expect(end.stderr).toContain(`Node ${old}`);
  });

  it("says which packages a bottle needs where it may not install them, and serves what needs none", async () => {
    await using place = await clone("packages and build");
    await run([place.bottle, "--version"], { cwd: "/", env: place.env });
    const PATH = await pathOf(place.dir, ["node", ...basics, "git", "setsid"], { id: "echo 1000" });
    const env = { ...place.env, PATH };
    for (const command of ["demo", "start"]) {
      const end = await run(["/bin/sh", place.bottle, command], { cwd: "/", env });
      expect(end).toMatchObject({ code: 2, stdout: "" });
      expect(end.stderr).toContain("bubblewrap util-linux");
    }
    // Help and plans change nothing, so they need nothing.
    for (const argv of [["--help"], ["start", "--help"], ["demo", "-h"]]) {
      const help = await run(["/bin/sh", place.bottle, ...argv], { cwd: "/", env });
      expect(help).toMatchObject({ code: 0, stderr: "" });
    }
    const agents = await run(["/bin/sh", place.bottle, "start", "--", "--help"], { cwd: "/", env });
    expect(agents.stderr).toContain("bubblewrap");
  });

  it("installs them as root on Debian, and fetches the lists only if that fails", async (context) => {
    if (!existsSync("/etc/debian_version")) notApplicable(context, "this is not Debian");
    await using place = await clone("packages and build");
    await run([place.bottle, "--version"], { cwd: "/", env: place.env });
    // Stands in for apt-get: the first installation fails, as with stale lists; then the programs appear.
    const apt = [
      'echo "$DEBIAN_FRONTEND $*" >>"${0%/*}/log"',
      'case "$*" in *" update"*) : >"${0%/*}/updated" ;; *) [ -e "${0%/*}/updated" ] || exit 100',
      'for name in bwrap setpriv prlimit; do ln -s "$(command -v find)" "${0%/*}/$name"; done ;; esac',
    ].join("\n");
    const PATH = await pathOf(place.dir, ["node", ...basics, "git", "setsid", "ln"], {
      id: "echo 0",
      "apt-get": apt,
    });
    const argv = ["/bin/sh", place.bottle, "start", "--manifest", "/nowhere/bottles.yaml"];
    const end = await run(argv, { cwd: "/", env: { ...place.env, PATH } });
    const log = (await readFile(join(PATH, "log"), "utf8")).trim().split("\n");
    expect(log.map((line) => /^noninteractive .*(install|update)/.exec(line)?.[1])).toEqual([
      "install",
      "update",
      "install",
    ]);
    expect(log.at(-1)).toMatch(/bubblewrap util-linux$/);
    // Then the command itself ran.
    expect(end.stderr).toContain("/nowhere/bottles.yaml");
  });
});
