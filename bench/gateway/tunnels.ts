/** Memory of the contenders: idle, with many open tunnels, during a download. */
import { readFile, writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { readTree } from "../../src/backends/processes.ts";
import { download } from "./transfers.ts";
import { openTls, requestHead } from "./way.ts";
import type { Contender, ContenderName, TlsWay } from "./way.ts";
import { createAnswerCounter } from "./load.ts";

/** MB resident, of a contender with all its processes. */
export interface Held {
  readonly contender: ContenderName;
  readonly idle: number;
  /** None where TLS is not read. */
  readonly tunnels: number | null;
  /** At most, while one body goes by. */
  readonly download: number;
}

/** Tunnels opened side by side. */
const together = 25;
/** Milliseconds for what was opened to settle. */
const settleMs = 500;

export async function measureIdle(one: Contender): Promise<number> {
  return one.pid === undefined ? 0 : resident(one.pid, "VmRSS");
}

/** `idle`: measured before there was any load. */
export async function measureHeld(
  one: Contender,
  options: { readonly idle: number; readonly tunnels: number; readonly bytes: number },
): Promise<Held> {
  const pid = one.pid ?? -1;
  let most = 0;
  await forgetPeaks(pid);
  await download(one, options.bytes);
  most = await resident(pid, "VmHWM");
  return {
    contender: one.name,
    idle: options.idle,
    tunnels: one.tls === undefined ? null : await withTunnels(pid, one.tls, options.tunnels),
    download: most,
  };
}

async function withTunnels(pid: number, way: TlsWay, count: number): Promise<number> {
  return whileOpen(way, count, async () => {
    await sleep(settleMs);
    return resident(pid, "VmRSS");
  });
}

/** Opens so many, asks through each once, and closes them after the work. */
export async function whileOpen<T>(way: TlsWay, count: number, work: () => Promise<T>): Promise<T> {
  const open: Socket[] = [];
  try {
    while (open.length < count) {
      const size = Math.min(together, count - open.length);
      open.push(...(await Promise.all(Array.from({ length: size }, () => usedTunnel(way)))));
    }
    return await work();
  } finally {
    for (const socket of open) socket.destroy();
  }
}

async function usedTunnel(tls: TlsWay): Promise<Socket> {
  const socket = await openTls(tls);
  const answer = createAnswerCounter();
  await new Promise<void>((resolve, reject) => {
    socket.on("data", (chunk: Buffer) => {
      if (answer(chunk) !== "more") resolve();
    });
    socket.once("close", () => reject(new Error("a tunnel was closed")));
    socket.write(requestHead("GET", "/small", `localhost:${tls.originPort}`));
  });
  return socket;
}

/** VmHWM begins anew (proc_pid_clear_refs(5)). */
async function forgetPeaks(root: number): Promise<void> {
  for (const { pid } of readTree(root))
    await writeFile(`/proc/${pid}/clear_refs`, "5").catch(() => undefined);
}

async function resident(root: number, field: "VmRSS" | "VmHWM"): Promise<number> {
  const sizes = await Promise.all(
    readTree(root).map(async ({ pid }) => {
      const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
      return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
    }),
  );
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 102.4) / 10;
}
