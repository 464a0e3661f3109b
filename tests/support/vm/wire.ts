/** The wire between two network namespaces of a test's own, with its delay, its loss, and its cut (wire.c). */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { ciCache } from "../docker/base.ts";

const source = join(import.meta.dirname, "wire.c");

/** Built once for its content. */
export function wireProgram(): string {
  const hash = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 12);
  const program = join(ciCache, `wire-${hash}`);
  if (existsSync(program)) return program;
  mkdirSync(ciCache, { recursive: true });
  const making = `${program}.making-${process.pid}`;
  const { status, stderr } = spawnSync("gcc", ["-O2", "-o", making, source], { encoding: "utf8" });
  if (status !== 0) throw new Error(`gcc: ${stderr}`);
  renameSync(making, program);
  return program;
}

export interface WireEnd {
  /** A process in the network namespace. */
  readonly pid: number;
  readonly address: string;
}

export interface Wire extends AsyncDisposable {
  /** `cut`, `restore`, either of them with an address for one owner alone, `delay <ms>` one way, `loss <per mille>`; resolves when it holds. */
  set(order: string): Promise<void>;
}

export async function openWire(
  a: WireEnd,
  b: WireEnd,
  delayMs: number,
  loss: number,
): Promise<Wire> {
  const argv = ["link", a.pid, a.address, b.pid, b.address, delayMs, loss].map(String);
  const child = spawn(wireProgram(), argv, { stdio: ["pipe", "pipe", "pipe"] });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (words += text));
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const heard: string[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    heard.push(...lines);
    child.stdout.emit("line");
  });
  const answered = async (order: string): Promise<void> => {
    while (!heard.includes(order)) {
      const next = await Promise.race([once(child.stdout, "line"), gone.then(() => null)]);
      if (next === null) throw new Error(`the wire is gone: ${words}`);
    }
    heard.splice(heard.indexOf(order), 1);
  };
  await answered("up");
  return {
    async set(order) {
      child.stdin.write(`${order}\n`);
      await answered(order);
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await gone;
    },
  };
}
