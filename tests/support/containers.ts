/** A Docker daemon of a test's own in namespaces of its own, and a base image of a Debian that debootstrap makes. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runProgram } from "../e2e/support/alone.ts";
import { lacksProgram } from "./require.ts";

const cache = join(homedir(), ".cache/claude-bottle-ci");
const suite = "trixie";
const archive = join(cache, `gateway-base-${suite}-${process.arch}.tar`);

/** For `need`. */
export function lacksContainers(): string | undefined {
  if (process.getuid?.() !== 0) return "a Docker daemon of the test's own needs root";
  return lacksProgram("dockerd", "docker", "debootstrap", "flock");
}

/** Milliseconds for a machine that has no base yet. */
export const baseTime = 300_000;

export interface Containers extends AsyncDisposable {
  readonly env: NodeJS.ProcessEnv;
  /** An image with Node and curl. */
  readonly base: string;
  /** Throws unless it ends with 0; the answer is its output. */
  readonly docker: (...args: readonly string[]) => Promise<string>;
}

/** Its bridges are in a network of its own, its mounts and processes end with it: nothing of this machine is changed. */
export async function openContainers(): Promise<Containers> {
  const folder = await mkdtemp(join(tmpdir(), "containers-"));
  const socket = `unix://${join(folder, "docker.sock")}`;
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    DOCKER_HOST: socket,
    DOCKER_BUILDKIT: "0",
  };
  const spaces = ["--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"];
  const daemon = spawn(
    "setpriv",
    [
      ...["--pdeathsig", "KILL", "unshare", ...spaces, "dockerd"],
      ...["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")],
      ...["--pidfile", join(folder, "pid"), "--host", socket, "--log-level", "warn"],
      ...["--bridge", "none", "--iptables=false", "--ip6tables=false"],
    ],
    { stdio: ["ignore", "ignore", "pipe"], env },
  );
  let said = "";
  daemon.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (said = (said + text).slice(-9000)));
  const gone = new Promise<void>((resolve) => daemon.once("close", () => resolve()));
  const docker = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram(["docker", ...args], env, folder);
    if (code !== 0) throw new Error(`docker ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout.trim();
  };
  const dispose = async (): Promise<void> => {
    const all = await docker("ps", "-aq").catch(() => "");
    if (all !== "") await docker("rm", "-f", ...all.split("\n")).catch(() => "");
    daemon.kill("SIGKILL");
    await gone;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    for (let left = 600; ; left -= 1) {
      const { code } = await runProgram(["docker", "version"], env);
      if (code === 0) break;
      if (left === 0 || daemon.exitCode !== null) throw new Error(`no dockerd: ${said}`);
      await sleep(50);
    }
    await docker("import", await baseArchive(), "debian-of-the-test");
    const context = join(folder, "base");
    await mkdir(context);
    await copyFile(process.execPath, join(context, "node"));
    await writeFile(join(context, "Dockerfile"), "FROM debian-of-the-test\nCOPY node /usr/bin/\n");
    await docker("build", "-q", "-t", "base-of-the-test", context);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { env, base: "base-of-the-test", docker, [Symbol.asyncDispose]: dispose };
}

/** Made once, in half a minute, by one process at a time: beside its place, and renamed. */
async function baseArchive(): Promise<string> {
  if (existsSync(archive)) return archive;
  await mkdir(cache, { recursive: true });
  const script = `
    set -eu
    [ ! -e "$1" ] || exit 0
    made=$(mktemp -d "$1.making-XXXXXX")
    trap 'rm -rf "$made"' EXIT
    debootstrap --variant=minbase --include=ca-certificates,curl ${suite} "$made/root" >&2
    rm -rf "$made"/root/var/cache/apt/* "$made"/root/var/lib/apt/lists/*
    tar -C "$made/root" --exclude='./dev/*' -cf "$made/tar" .
    mv "$made/tar" "$1"`;
  const lock = join(cache, "gateway-base.lock");
  const { code, stderr } = await runProgram(
    ["flock", lock, "sh", "-c", script, "sh", archive],
    process.env,
  );
  if (code !== 0) throw new Error(`debootstrap: ${stderr.slice(-2000)}`);
  return archive;
}
