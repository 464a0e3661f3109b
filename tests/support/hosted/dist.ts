/** An installation whose supervisor has hosted gateways. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";
import { dist } from "../bottle.ts";

/** The folder, which disposing removes. */
export async function hostedDist(): Promise<AsyncDisposable & { readonly dir: string }> {
  const folder = await mkdtemp(join(tmpdir(), "bottle-dist-"));
  const dir = join(folder, "dist");
  await cp(dist, dir, { recursive: true, filter: (name) => !/supervisor|types/.test(name) });
  const bundle = await rolldown({
    input: resolve(import.meta.dirname, "supervisor.ts"),
    platform: "node",
    transform: { target: "node20.19" },
    external: [/^@lydell\/node-pty/],
    logLevel: "silent",
  });
  await bundle.write({
    dir,
    format: "cjs",
    entryFileNames: "supervisor.js",
    chunkFileNames: "supervisor-[name]-[hash].js",
  });
  await bundle.close();
  return { dir, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
