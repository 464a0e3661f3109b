/** Puts the pinned Claude Code into the cache, once; each later call only looks whether it is still the same. */
import { chmod, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../../errors/error.ts";
import type { InstalledAgent } from "../../lifecycle/agent.ts";
import { clearAbandoned } from "../abandoned.ts";
import { fetchPackage } from "../fetch.ts";
import { integrityOf } from "../hash.ts";
import type { ClaudeRelease } from "./release.ts";
import { claudeVersion } from "./release.ts";
import { lookAt, stampHolds, writeStamp } from "../stamp.ts";
import { unpackOne } from "../unpack.ts";

export interface InstallOptions {
  readonly cacheDir: string;
  readonly release: ClaudeRelease;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}

/** The program's path on the host, checked. */
export async function installClaude(options: InstallOptions): Promise<InstalledAgent> {
  const parent = join(options.cacheDir, "agents", "claude");
  const dir = join(parent, claudeVersion);
  const program = join(dir, "claude");
  if (!(await isUnchanged(program, options.release))) {
    await mkdir(dir, { recursive: true, mode: 0o755 });
    await clearAbandoned(parent);
    const folder = await mkdtemp(join(parent, `.installing-${process.pid}-`));
    try {
      await download(folder, options);
      await rename(join(folder, "claude"), program);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    if (!(await isUnchanged(program, options.release))) throw changed(program);
    options.progress(`Claude Code ${claudeVersion}: ready`);
  }
  return { provider: "claude", version: claudeVersion, program };
}

/** False if it is not there; an error if it is there and is another program. */
async function isUnchanged(program: string, release: ClaudeRelease): Promise<boolean> {
  const stamp = `${program}.stamp`;
  const look = await lookAt(program);
  if (look === undefined) return false;
  if (await stampHolds(stamp, look, release.program)) return true;
  if ((await integrityOf(program)) !== release.program) throw changed(program);
  // The look from before the hash: whatever changed meanwhile is hashed again next time.
  await writeStamp(stamp, { ...look, sha512: release.program });
  return true;
}

async function download(
  folder: string,
  { release, env, progress, cacheDir }: InstallOptions,
): Promise<void> {
  progress(`Claude Code ${claudeVersion}: downloading 77 MB…`);
  const into = join(folder, "package");
  await mkdir(into, { mode: 0o700 });
  const tarball = await fetchPackage({
    what: `${release.package}@${claudeVersion}`,
    into,
    env,
    home: cacheDir,
  });
  progress(`Claude Code ${claudeVersion}: checking and unpacking…`);
  if ((await integrityOf(tarball)) !== release.tarball) throw wrongPackage(release.package);
  const program = join(folder, "claude");
  if (!(await unpackOne(tarball, "package/claude", program))) throw wrongPackage(release.package);
  if ((await stat(program)).size !== release.size) throw wrongPackage(release.package);
  await chmod(program, 0o755);
}

function wrongPackage(name: string): BottleError {
  return new BottleError({
    code: "E_AGENT_INTEGRITY",
    what: `The downloaded package ${name}@${claudeVersion} is not the one claude-bottle knows.`,
    why: "Its SHA-512 differs from the pinned one; nothing of it was kept.",
    next: "Look at the registry or mirror that npm is set to; it hands out something else under this name.",
  });
}

function changed(program: string): BottleError {
  return new BottleError({
    code: "E_AGENT_CHANGED",
    what: `The installed Claude Code, ${program}, is not what was installed.`,
    why: "The file was changed after the installation and its SHA-512 is no longer the pinned one.",
    next: "Find out who changed it, remove the file, and start again: it is then downloaded anew.",
  });
}
