/** Go reads a cache of another as a module proxy in the file system (go.dev/ref/mod, "module cache" and "GOPROXY protocol"). */
import { join } from "node:path";
import type { FindCache } from "./cache.ts";
import { insideCache } from "./cache.ts";
import { folderOf, isFolder } from "./folders.ts";

export const goCache: FindCache = async (host) => {
  const said = await host.ask(["go", "env", "GOMODCACHE"]);
  const modules = said ?? host.env["GOMODCACHE"] ?? join(folderOf(host, "GOPATH", "go"), "pkg/mod");
  const source = join(modules, "cache/download");
  if (!(await isFolder(source))) return undefined;
  const target = insideCache("go");
  const rest = proxies((await host.ask(["go", "env", "GOPROXY"])) ?? "direct");
  return {
    mounts: [{ source, target }],
    env: { GOPROXY: [`file://${target}`, ...rest].join(",") },
  };
};

/** The owner's own, asked after the cache; what holds a password, or is a folder of his, stays behind. */
function proxies(list: string): readonly string[] {
  const kept = list
    .split(/[,|]/)
    .map((one) => one.trim())
    .filter(
      (one) =>
        one === "direct" || one === "off" || (/^https?:\/\//.test(one) && !one.includes("@")),
    );
  return kept.length === 0 ? ["off"] : kept;
}
