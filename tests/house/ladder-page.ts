/** The ladder's table of docs/isolation.md, from the capability tables and the numbers that the bench committed. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BootRows } from "../../bench/boot/rows.ts";
import { backendFor, builtRungs, linksOf } from "../../src/compose/registry.ts";
import type { Capabilities } from "../../src/lifecycle/backend.ts";
import type { LinkName, RungName } from "../../src/manifest/manifest.ts";
import { rungs } from "../../src/manifest/rungs.ts";
import { notBuilt } from "../../src/plan/ladder-reasons.ts";
import { root } from "./scratch.ts";

/** What stands around the table on the page. */
export const marks: readonly string[] = [
  "<!-- the ladder: written by its test -->",
  "<!-- end of the ladder -->",
];

const numbersFile = "docs/benchmarks/boot-rungs.json";

/** What no table of the code says: what stands between agent and host, and what a machine must have. */
const words: Readonly<Record<RungName, { readonly boundary: string; readonly needs: string }>> = {
  namespace: { boundary: "namespaces, a filter for system calls", needs: "bubblewrap" },
  runc: { boundary: "a container: the same, made by a daemon", needs: "Docker 20.10" },
  gvisor: { boundary: "a kernel that is a program", needs: "Docker, runsc" },
  kata: { boundary: "a machine of its own for each bottle", needs: "Docker 24, Kata, `/dev/kvm`" },
  qemu: { boundary: "a machine of its own for each bottle", needs: "–" },
  firecracker: { boundary: "a machine of its own for each bottle", needs: "–" },
  apple: { boundary: "a machine of its own for each bottle", needs: "–" },
};

const heads = [
  ...["rung", "boundary", "kernel", "link", "on", "system", "needs", "start", "memory"],
] as const;

export async function ladderTable(): Promise<string> {
  const rows = await Promise.all(rungs.map(row));
  return [heads, heads.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

async function row(rung: RungName): Promise<readonly string[]> {
  const { boundary, needs } = words[rung];
  const platform = rung === "apple" ? "macOS" : "Linux";
  const tables = await Promise.all(linksOf(rung).map((link) => tableOf(rung, link)));
  const [own] = tables;
  if (!builtRungs.includes(rung) || own === undefined)
    return [`\`${rung}\``, boundary, "its own", notBuilt, platform, "", "", "", ""];
  const links = tables.map(({ link }) => `\`${link}\``).join(", ");
  const system = own.system === "host" ? "this machine's, read-only" : "an image";
  const kernel = own.ownKernel ? "its own" : "the host's";
  return [`\`${rung}\``, boundary, kernel, links, platform, system, needs, ...numbersOf(own)];
}

async function tableOf(rung: RungName, link: LinkName): Promise<Capabilities> {
  const host = { env: {}, uid: 1000, dist: "/" };
  const backend = await backendFor({ rung, link, place: "local" }, host);
  if (backend === undefined) throw new Error(`no backend for ${rung} with ${link}`);
  return backend.capabilities;
}

/** Of the rung's own link on this machine. */
function numbersOf({ rung, link }: Capabilities): readonly [start: string, memory: string] {
  const file = join(root, numbersFile);
  const { rows } = (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { rows: [] }) as {
    readonly rows: BootRows["rows"];
  };
  const found = rows.find((one) => one.rung === rung && one.link === link && one.place === "local");
  if (found === undefined) return ["not measured", "not measured"];
  const { start, ratio, memoryMiB } = found;
  return [
    `${Math.round(start.warmMs)} ms, ${ratio.toFixed(2)} × bare`,
    `${Math.round(memoryMiB)} MiB`,
  ];
}
