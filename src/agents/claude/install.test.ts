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
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installClaude } from "./install.ts";
import { createClaudeProvider } from "./provider.ts";
import type { ClaudeRelease } from "./release.ts";
import { claudeVersion } from "./release.ts";

let base: string;
let cacheDir: string;
let release: ClaudeRelease;
/** Stands at the far end: `npm pack` here copies a tarball of ours, and notes how it was called. */
let env: NodeJS.ProcessEnv;
const content = Buffer.concat([
  Buffer.from("#!/bin/sh\necho I am the program\nexit 0\n"),
  Buffer.alloc(700_000, "padding "),
]);

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "install-test-"));
  cacheDir = join(base, "cache");
  mkdirSync(join(base, "package"));
  writeFileSync(join(base, "package", "README.md"), "x".repeat(1000));
  writeFileSync(join(base, "package", "claude"), content, { mode: 0o755 });
  execFileSync(
    "tar",
    ["--format=ustar", "-czf", join(base, "program.tgz"), "package/README.md", "package/claude"],
    { cwd: base },
  );
  release = {
    package: "@example/program",
    tarball: integrity(readFileSync(join(base, "program.tgz"))),
    program: integrity(content),
    size: content.length,
    loader: "/",
  };
  mkdirSync(join(base, "bin"));
  npm(
    `printf '%s\\n' "$*" >> ${base}/calls; env > ${base}/env; pwd > ${base}/cwd; cp ${base}/program.tgz "$5/example-program-1.tgz"`,
  );
  env = {
    PATH: `${base}/bin:/usr/bin:/bin`,
    CLAUDE_BOTTLE_OAUTH_TOKEN: "a secret",
    ANTHROPIC_API_KEY: "another",
    HTTPS_PROXY: "http://proxy.example",
  };
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

function integrity(data: Buffer): string {
  return `sha512-${createHash("sha512").update(data).digest("base64")}`;
}

function npm(script: string): void {
  writeFileSync(join(base, "bin", "npm"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function calls(): number {
  return existsSync(join(base, "calls"))
    ? readFileSync(join(base, "calls"), "utf8").trim().split("\n").length
    : 0;
}

async function install(lines: string[] = []): Promise<string> {
  return (
    (await installClaude({ cacheDir, release, env, progress: (line) => lines.push(line) }))
      .program ?? ""
  );
}

async function codeOf(result: Promise<unknown>): Promise<string> {
  return result.then(
    () => "no error",
    (error: unknown) => String((error as { code?: string }).code ?? error),
  );
}

describe("installing Claude Code", () => {
  it("fetches it once with npm, tells of it, and leaves the program and its stamp alone in the cache", async () => {
    const lines: string[] = [];
    const program = await install(lines);
    expect(readFileSync(program).equals(content)).toBe(true);
    expect(statSync(program).mode & 0o777).toBe(0o755);
    expect(execFileSync(program, { encoding: "utf8" }).split("\n")[0]).toBe("I am the program");
    expect(lines).toEqual([
      `Claude Code ${claudeVersion}: downloading 77 MB…`,
      `Claude Code ${claudeVersion}: checking and unpacking…`,
      `Claude Code ${claudeVersion}: ready`,
    ]);
    expect(readdirSync(join(cacheDir, "agents", "claude"))).toEqual([claudeVersion]);
    expect(readdirSync(join(cacheDir, "agents", "claude", claudeVersion)).toSorted()).toEqual([
      "claude",
      "claude.stamp",
    ]);
    const more: string[] = [];
    expect(await install(more)).toBe(program);
    expect(more).toEqual([]);
    expect(calls()).toBe(1);
  });

  it("runs npm without scripts, in a folder of its own, with the user's settings but without agents' credentials", async () => {
    await install();
    expect(readFileSync(join(base, "calls"), "utf8")).toMatch(
      new RegExp(`^pack @example/program@${claudeVersion} --ignore-scripts --pack-destination /`),
    );
    expect(readFileSync(join(base, "cwd"), "utf8")).toContain(cacheDir);
    const given = readFileSync(join(base, "env"), "utf8");
    expect(given).toContain("HTTPS_PROXY=http://proxy.example");
    expect(given).toContain(`HOME=${cacheDir}`);
    expect(given).not.toContain("secret");
    expect(given).not.toContain("another");
  });

  it("is safe twice at once", async () => {
    const [one, two] = await Promise.all([install(), install()]);
    expect(one).toBe(two);
    expect(readFileSync(one).equals(content)).toBe(true);
    expect(await codeOf(install())).toBe("no error");
  });

  it("takes away what an install that died left behind, and not what one that lives is doing", async () => {
    const dead = join(cacheDir, "agents", "claude", ".installing-4194304-abc");
    const alive = join(cacheDir, "agents", "claude", `.installing-${process.pid}-abc`);
    for (const folder of [dead, alive]) mkdirSync(folder, { recursive: true });
    await install();
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(alive)).toBe(true);
  });
});

describe("installing Claude Code refuses", () => {
  it("a package with another hash, keeping nothing of it", async () => {
    appendFileSync(join(base, "program.tgz"), "x");
    expect(await codeOf(install())).toBe("E_AGENT_INTEGRITY");
    expect(readdirSync(join(cacheDir, "agents", "claude", claudeVersion))).toEqual([]);
  });

  it("a package without the program, or with one of another size", async () => {
    release = { ...release, size: 5 };
    expect(await codeOf(install())).toBe("E_AGENT_INTEGRITY");
    execFileSync("tar", ["-czf", join(base, "program.tgz"), "package/README.md"], { cwd: base });
    release = { ...release, tarball: integrity(readFileSync(join(base, "program.tgz"))) };
    expect(await codeOf(install())).toBe("E_AGENT_INTEGRITY");
  });

  it("a program that was changed after the installation, each time again", async () => {
    const program = await install();
    appendFileSync(program, "evil");
    expect(await codeOf(install())).toBe("E_AGENT_CHANGED");
    expect(await codeOf(install())).toBe("E_AGENT_CHANGED");
  });

  it("a program that was changed in place with its size and time restored", async () => {
    const program = await install();
    const { atime, mtime } = statSync(program);
    const changed = Buffer.from(content);
    changed[0] = 0x40;
    writeFileSync(program, changed);
    utimesSync(program, atime, mtime);
    expect(await codeOf(install())).toBe("E_AGENT_CHANGED");
  });

  it("a link in the program's place", async () => {
    const program = await install();
    rmSync(program);
    execFileSync("ln", ["-s", "/bin/true", program]);
    await install();
    expect(statSync(program).size).toBe(content.length);
    expect(calls()).toBe(2);
  });

  it("but not a program that was only touched: it is hashed again and stays", async () => {
    const program = await install();
    chmodSync(program, 0o555);
    expect(await codeOf(install())).toBe("no error");
    rmSync(`${program}.stamp`);
    expect(await codeOf(install())).toBe("no error");
    expect(calls()).toBe(1);
  });
});

describe("installing Claude Code explains", () => {
  it("that there is no npm", async () => {
    env = { PATH: join(base, "nothing") };
    await expect(install()).rejects.toMatchObject({
      code: "E_AGENT_DOWNLOAD",
      why: "There is no npm on the PATH.",
    });
  });

  it("npm's own code, and none of its other words", async () => {
    npm(
      "echo 'npm error code ENOTFOUND' >&2; echo 'npm error request to https://user:password@host failed' >&2; exit 1",
    );
    const error = await install().catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "E_AGENT_DOWNLOAD",
      why: "npm ended with code 1 (ENOTFOUND).",
    });
    expect(JSON.stringify(error)).not.toContain("password");
  });

  it("that there is no build for a machine, or no glibc on it", async () => {
    const there = { env, exists: () => true };
    const install = (host: Parameters<typeof createClaudeProvider>[0]): Promise<string> =>
      codeOf(createClaudeProvider(host).install({ cacheDir, progress: () => undefined }));
    expect(await install({ ...there, platform: "linux", arch: "riscv64" })).toBe(
      "E_AGENT_PLATFORM",
    );
    expect(await install({ ...there, platform: "win32", arch: "x64" })).toBe("E_AGENT_PLATFORM");
    expect(await install({ ...there, platform: "linux", arch: "x64", exists: () => false })).toBe(
      "E_AGENT_PLATFORM",
    );
    expect(calls()).toBe(0);
  });
});
