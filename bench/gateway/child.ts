/** A program that runs beside a measurement: started on its core, waited for, ended with everything below it. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { onCore } from "./cores.ts";

export interface Child extends AsyncDisposable {
  readonly pid: number;
  readonly process: ChildProcess;
}

export interface ChildOptions {
  readonly core: number | undefined;
  readonly cwd: string;
  /** Written to its standard input, which is then closed. */
  readonly input?: string;
}

/** Milliseconds to come up, and to end after SIGTERM. */
const upMs = 20_000;
const endMs = 3_000;

export function startChild(
  command: readonly [string, ...string[]],
  { core, cwd, input }: ChildOptions,
): Child {
  const [program, ...argv] = onCore(core, command);
  const child = spawn(program, argv, {
    cwd,
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: cwd, LANG: "C.UTF-8" },
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input ?? "");
  child.stderr.resume();
  return {
    pid: child.pid ?? -1,
    process: child,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), endMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Resolves when something listens there; rejects when the child has ended, or after a while. */
export async function listens(child: Child, port: number): Promise<void> {
  const end = performance.now() + upMs;
  while (performance.now() < end) {
    if (child.process.exitCode !== null) break;
    if (await answers(port)) return;
    await sleep(50);
  }
  throw new Error(`${child.process.spawnfile} does not listen on port ${port}`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
