/** The base of the default image where no registry is: a Debian of debootstrap, with every package of our images in it. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** What CI keeps from one run to the next. */
export const ciCache: string = join(homedir(), ".cache/claude-bottle-ci");

const suite = "trixie";
const packages = ["default", "gateway"].flatMap((image) =>
  readFileSync(resolve(import.meta.dirname, `../../../images/${image}/packages`), "utf8")
    .trim()
    .split("\n"),
);

/** Of everything that decides what the base is. */
export const baseHash: string = createHash("sha256")
  .update([suite, process.arch, ...packages].join(" "))
  .digest("hex")
  .slice(0, 12);

/** The name under which images/default/Dockerfile asks for it. */
export const baseName = { repository: "debian", tag: "trixie-slim" } as const;

/** A tar archive of the base's root; made once, in about a minute, by one process at a time. */
export async function baseArchive(): Promise<string> {
  const file = join(ciCache, `debian-${baseHash}.tar`);
  if (existsSync(file)) return file;
  await mkdir(ciCache, { recursive: true });
  await run("flock", [join(ciCache, "debian.lock"), process.execPath, "-e", makerScript(file)]);
  return file;
}

/** Under the lock: looks again, makes it beside its place, and renames it. */
function makerScript(file: string): string {
  const include = packages.join(",");
  return `
    const { existsSync, mkdtempSync, renameSync, rmSync } = require("node:fs");
    const { spawnSync } = require("node:child_process");
    if (existsSync(${JSON.stringify(file)})) process.exit(0);
    const dir = mkdtempSync(${JSON.stringify(`${file}.making-`)});
    process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
    const run = (program, ...args) => {
      const { status } = spawnSync(program, args, { stdio: ["ignore", 2, 2] });
      if (status !== 0) process.exit(1);
    };
    run("debootstrap", "--variant=minbase", "--include=${include}", "${suite}", dir + "/root");
    run("tar", "-C", dir + "/root", "--exclude=./proc/*", "--exclude=./sys/*", "--exclude=./dev/*",
      "--exclude=./var/cache/apt/*", "--exclude=./var/lib/apt/lists/*", "-cf", dir + "/root.tar", ".");
    renameSync(dir + "/root.tar", ${JSON.stringify(file)});
  `;
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let told = "";
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (told = `${told}${text}`.slice(-2000)));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${told}`);
}
