/** A real bottle's supervisor, idle and with open tunnels: the gateway with all that is around it. */
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "../../src/compose/paths.ts";
import { openCrowd } from "../crowd.ts";
import type { Origin } from "./origin.ts";
import { whileOpen } from "./tunnels.ts";

export interface SupervisorHeld {
  /** MB resident. */
  readonly idle: number;
  readonly tunnels: number;
}

/** Milliseconds after a start until nothing of it goes on any more. */
const settleMs = 1_500;

/** Opens the tunnels at the bottle's own link, as its agent would. Rejects where no bottle can be started. */
export async function measureSupervisor(
  host: Host,
  origin: Origin,
  count: number,
): Promise<SupervisorHeld> {
  const folder = await mkdtemp(join(tmpdir(), "bottle-bench-"));
  try {
    const ca = join(folder, "origin.pem");
    await writeFile(ca, origin.caPem);
    const crowd = await openCrowd(host, {
      folder,
      manifest: manifest(origin.tlsPort),
      start: ["--headless", "--prompt", "exec sleep 86400"],
      env: { NODE_EXTRA_CA_CERTS: ca },
    });
    try {
      await crowd.add();
      await sleep(settleMs);
      const resident = async (): Promise<number> =>
        Math.round(((await crowd.memories())[0]?.supervisor.rss ?? Number.NaN) * 10) / 10;
      const idle = await resident();
      const at = await linkOf(join(folder, "run", "claude-bottle"));
      const way = { at, proxied: true, originPort: origin.tlsPort, ca: undefined };
      const tunnels = await whileOpen(way, count, async () => {
        await sleep(settleMs);
        return resident();
      });
      return { idle, tunnels };
    } finally {
      await crowd.end();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function manifest(port: number): string {
  return `version: 1
bottles:
  bench:
    egress: {allow: [{host: localhost, ports: [${port}]}]}
agents:
  bench: {bottle: bench, provider: shell}
`;
}

/** The gateway's socket of the only bottle there. */
async function linkOf(runHome: string): Promise<string> {
  for (const id of await readdir(runHome)) {
    const path = join(runHome, id, "link", "gateway.sock");
    if (
      await readFile(path).then(
        () => false,
        ({ code }: NodeJS.ErrnoException) => code === "ENXIO",
      )
    )
      return path;
  }
  throw new Error("the bottle has no link");
}
