/** `bottle gateway` as a process of its own, with an office's proxy as its way to upstreams on loopback. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Announcement } from "../../../src/compose/gateway-alone/announce.ts";
import { createCertificateAuthority } from "../../../src/gateway/tls/authority.ts";
import { startProxy } from "../../support/proxy.ts";
import { cliProgram } from "./cli.ts";
import type { CliResult } from "./cli.ts";
import { startServices } from "./services.ts";
import type { Services } from "./services.ts";

export const secret = "real-secret-of-the-api-0123456789";

export interface AloneWorld extends AsyncDisposable {
  readonly folder: string;
  readonly manifest: string;
  readonly services: Services;
  readonly env: NodeJS.ProcessEnv;
  write(bottle: object): Promise<void>;
  /** Starts one, and waits for its first line. */
  start(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Alone>;
  run(args: readonly string[]): Promise<CliResult>;
}

export interface Alone {
  readonly process: ChildProcess;
  readonly said: Announcement;
  stderr(): string;
  stdout(): string;
  /** Resolves when stderr holds it. */
  until(text: string): Promise<void>;
  readonly ended: Promise<CliResult>;
}

/** The bottle of the world: three names, one with a credential. */
export const usualBottle: {
  readonly egress: { readonly allow: readonly string[] };
  readonly credentials: readonly [object];
} = {
  egress: { allow: ["git.example.com", "registry.example", "plain.example.com"] },
  credentials: [
    { host: "api.example.com", header: "X-Api-Key: {secret}", secret: "env:API_SECRET" },
  ],
};

export async function openWorld(bottle: object = usualBottle): Promise<AloneWorld> {
  const folder = await mkdtemp(join(tmpdir(), "alone-"));
  const names = ["*.example.com", "registry.example"];
  const ca = createCertificateAuthority({ names, now: new Date() });
  const services = await startServices(join(folder, "services"), (name) => ca.contextFor(name));
  const leads = Object.fromEntries(
    ["api", "git", "plain"].map((name) => [`${name}.example.com:443`, services.port]),
  );
  const proxy = await startProxy({
    leads: { ...leads, "registry.example:443": services.port },
  });
  const manifest = join(folder, "bottles.yaml");
  const trust = join(folder, "upstreams.pem");
  await writeFile(trust, ca.caPem);
  const home = join(folder, "home");
  await mkdir(home);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: home,
    LANG: "C.UTF-8",
    XDG_STATE_HOME: join(folder, "state"),
    XDG_CONFIG_HOME: join(folder, "config"),
    XDG_RUNTIME_DIR: join(folder, "run"),
    NODE_EXTRA_CA_CERTS: trust,
    API_SECRET: secret,
  };
  const live = new Set<ChildProcess>();
  const write = (value: object): Promise<void> =>
    writeFile(
      manifest,
      JSON.stringify(
        {
          version: 1,
          bottles: {
            e2e: { upstreamProxy: { url: `http://127.0.0.1:${proxy.port}` }, ...value },
          },
          agents: {},
        },
        null,
        1,
      ),
      { mode: 0o600 },
    );
  await write(bottle);
  const launch = (
    args: readonly string[],
    more: NodeJS.ProcessEnv = {},
  ): Omit<Alone, "said" | "until"> & { readonly heard: Set<() => void> } => {
    // A test that dies leaves no gateway behind.
    const argv = ["--pdeathsig", "KILL", process.execPath, cliProgram, ...args];
    const child = spawn("setpriv", argv, {
      cwd: folder,
      env: { ...env, ...more },
      stdio: ["ignore", "pipe", "pipe"],
    });
    live.add(child);
    let [stdout, stderr] = ["", ""];
    const heard = new Set<() => void>();
    const tell = (): void => heard.forEach((listener) => listener());
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      tell();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      tell();
    });
    const ended = new Promise<CliResult>((resolve) => {
      child.once("close", (code) => {
        live.delete(child);
        resolve({ code, stdout, stderr });
        tell();
      });
    });
    return { process: child, stderr: () => stderr, stdout: () => stdout, ended, heard };
  };
  return {
    folder,
    manifest,
    services,
    env,
    write,
    run: (args) => launch(args).ended,
    async start(args, more) {
      const where = ["gateway", "--manifest", manifest, "--bottle", "e2e"];
      const { heard, ...alone } = launch([...where, ...args], more);
      const until = (condition: () => boolean): Promise<void> =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            if (condition()) resolve();
            else if (alone.process.exitCode !== null) reject(new Error(alone.stderr()));
            else return;
            heard.delete(look);
          };
          heard.add(look);
          look();
        });
      await until(() => alone.stdout().includes("\n"));
      const [line = ""] = alone.stdout().split("\n");
      return {
        ...alone,
        said: JSON.parse(line) as Announcement,
        until: (text) => until(() => alone.stderr().includes(text)),
      };
    },
    async [Symbol.asyncDispose]() {
      for (const child of live) child.kill("SIGKILL");
      await proxy[Symbol.asyncDispose]();
      await services[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A program where nothing is but the socket: no route, no name server, `lo` with a forwarder on the usual door. */
export function inSandbox(
  socket: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<CliResult> {
  const forwarder = `
    const { connect, createServer } = require("node:net");
    const { spawn } = require("node:child_process");
    const [socket, program, ...args] = process.argv.slice(1);
    createServer((inside) => {
      const outside = connect(socket);
      inside.on("error", () => outside.destroy());
      outside.on("error", () => inside.destroy());
      inside.pipe(outside).pipe(inside);
    }).listen(4180, "127.0.0.1", () => {
      spawn(program, args, { stdio: "inherit" }).on("exit", (code) => process.exit(code ?? 1));
    });`;
  const box = ["--unshare-net", "--dev-bind", "/", "/", "--die-with-parent"];
  return runProgram(
    ["bwrap", ...box, "--", process.execPath, "-e", forwarder, socket, ...argv],
    env,
  );
}

export function runProgram(
  [program = "", ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd?: string,
): Promise<CliResult> {
  const child = spawn(program, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
