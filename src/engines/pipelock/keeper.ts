/**
 * Keeps one engine: runs in its sandbox beside it, writes its settings where only the two see them, asks it, and ends with it.
 * One file, node: modules only. It is told over its standard input; when that ends, so does it.
 */
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { ChildProcess } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { readLines } from "../../helper/lines.ts";
import { readEvent } from "./events.ts";
import { inside, longestLine } from "./protocol.ts";
import type { KeeperMessage, KeeperOrder, KeeperRequest } from "./protocol.ts";
import { createScanClient } from "./scan-client.ts";
import type { Scan } from "./scan-client.ts";
import { withPorts } from "./settings.ts";
import type { Ports } from "./settings.ts";

/** Milliseconds for the engine to say that it is well, and for one verdict. */
const startMs = 15_000;
const verdictMs = 6_000;
/** Lines of its log that are told in a second. */
const eachSecond = 10;

let scan: Scan | undefined;
let ordered = false;

process.title = "engine-keeper";
process.on("uncaughtException", (error) => end(error.message));
readLines(process.stdin, longestLine, {
  line(text) {
    const request = JSON.parse(text) as KeeperRequest;
    if (request.type === "ask") void ask(request);
    else if (!ordered) {
      ordered = true;
      keep(request).catch((error: unknown) => end(error instanceof Error ? error.message : "?"));
    }
  },
  end: () => process.exit(0),
});

async function keep(order: KeeperOrder): Promise<void> {
  const ports = await freePorts();
  const token = order.verdicts ? randomBytes(32).toString("hex") : undefined;
  const file = `${inside.scratch}/pipelock.yaml`;
  await writeFile(file, JSON.stringify(withPorts(order.settings, ports, token)), { mode: 0o600 });
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(inside.program, ["run", "--config", file], {
    cwd: inside.scratch,
    // Its memory is given back early; nothing of ours is in its environment.
    env: { HOME: inside.scratch, PATH: "/usr/bin:/bin", GOMEMLIMIT: "256MiB" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let last = "";
  child.on("error", (error) => end(error.message));
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    last = `${last}${part}`.slice(-500);
  });
  child.on("exit", (code, signal) =>
    end(`it ended with ${signal ?? `code ${code}`}: ${lastLine(last)}`),
  );
  tellEvents(child);
  const version = await healthy(ports.proxy);
  if (token !== undefined)
    scan = createScanClient({ port: ports.scan, token, timeoutMs: verdictMs });
  tell({ type: "ready", port: ports.proxy, version });
}

async function ask(request: Extract<KeeperRequest, { type: "ask" }>): Promise<void> {
  const { id, kind, data } = request;
  if (scan === undefined) return tell({ type: "none", id, why: "it is not ready" });
  const answer = await scan(kind === "url" ? "url" : "dlp", data);
  if (answer.verdict === "none") tell({ type: "none", id, why: answer.why });
  else {
    const finding = answer.verdict === "deny" ? answer.finding : "";
    tell({ type: "verdict", id, allowed: answer.verdict === "allow", finding });
  }
}

/** Says its version once it answers; rejects where it does not in time. */
async function healthy(port: number): Promise<string> {
  const { get } = process.getBuiltinModule("node:http");
  const look = (): Promise<string | undefined> =>
    new Promise((resolve) => {
      const request = get(
        { host: "127.0.0.1", port, path: "/health", timeout: 1000, agent: false },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8");
          answer.on("data", (part: string) => (text = `${text}${part}`.slice(0, 64 * 1024)));
          answer.on("error", () => resolve(undefined));
          answer.on("end", () => resolve(answer.statusCode === 200 ? versionIn(text) : undefined));
        },
      );
      request.on("timeout", () => request.destroy());
      request.on("error", () => resolve(undefined));
    });
  const until = performance.now() + startMs;
  while (performance.now() < until) {
    const version = await look();
    if (version !== undefined) return version;
    await sleep(10);
  }
  throw new Error(`it is not ready in ${startMs / 1000} seconds`);
}

function versionIn(text: string): string | undefined {
  try {
    const { version } = JSON.parse(text) as { version?: unknown };
    return typeof version === "string" ? version.replace(/[^\w.+-]/g, "?").slice(0, 60) : undefined;
  } catch {
    return undefined;
  }
}

/** Of a network of its own all are free; of this machine's they may be taken again before it has them: then it does not start. */
async function freePorts(): Promise<Ports> {
  const servers = [createServer(), createServer(), createServer()];
  const [proxy = 0, metrics = 0, scanning = 0] = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  );
  return { proxy, metrics, scan: scanning };
}

function tellEvents({ stdout }: ChildProcess): void {
  if (stdout === null) return;
  let second = 0;
  let told = 0;
  readLines(stdout, 1024 * 1024, {
    line(text) {
      const event = readEvent(text);
      if (event === undefined) return;
      const now = Math.floor(performance.now() / 1000);
      if (now !== second) [second, told] = [now, 0];
      told += 1;
      if (told <= eachSecond) tell({ type: "event", ...event });
    },
    // What cannot be read is thrown away, and never makes it wait.
    end: () => stdout.resume(),
  });
}

function lastLine(text: string): string {
  return (text.trimEnd().split("\n").at(-1) ?? "").replace(/[^\x20-\x7e]/g, "?").slice(-200);
}

function tell(message: KeeperMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** The sandbox ends with its first process. */
function end(why: string): void {
  process.stdout.write(`${JSON.stringify({ type: "gone", why } satisfies KeeperMessage)}\n`, () =>
    process.exit(1),
  );
}
