/** Kata's runtime as the daemon would start it: registered under a name, or a shim that the daemon hands on by its type. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EngineInfo } from "../info.ts";

/** By its type a shim needs no registration where it lies along the daemon's PATH (Docker 23, moby 547da0d5). */
export const shimType = "io.containerd.kata.v2";

const shimProgram = "containerd-shim-kata-v2";

/** The PATH of a service of the system (systemd.exec(5)), which the daemon's is unless somebody changed it. */
const daemonPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Where Kata's own archive puts its shims, the newer kind first; `config` is what each is started with. */
const archive = [
  {
    shim: "/opt/kata/runtime-rs/bin/containerd-shim-kata-v2",
    config:
      "/opt/kata/share/defaults/kata-containers/runtime-rs/configuration-qemu-runtime-rs.toml",
  },
  {
    shim: "/opt/kata/bin/containerd-shim-kata-v2",
    config: "/opt/kata/share/defaults/kata-containers/configuration-qemu.toml",
  },
] as const;

export type KataFound =
  /** `name`: what a container asks for. */
  | { readonly kind: "registered" | "shim"; readonly name: string; readonly at: string }
  /** The archive is there, and the daemon does not know of it. */
  | { readonly kind: "unregistered"; readonly shim: string; readonly config: string }
  | { readonly kind: "missing" };

/** The name proves nothing: whoever registers runc as `kata` is found out by the proof, which reads the kernel inside. */
export function findKata(
  { runtimes }: Pick<EngineInfo, "runtimes">,
  root: string | undefined,
): KataFound {
  const named = [...runtimes]
    .map(([name, { type, path }]) => ({ name, at: type ?? path ?? "" }))
    .filter(({ name, at }) => isKata(name, at));
  const found = named.find(({ name }) => name === "kata") ?? named[0];
  if (found !== undefined) return { kind: "registered", ...found };
  if (root === undefined) return { kind: "missing" };
  const folder = daemonPath.find((path) => existsSync(join(root, path, shimProgram)));
  if (folder !== undefined) return { kind: "shim", name: shimType, at: `${folder}/${shimProgram}` };
  const left = archive.find(({ shim }) => existsSync(join(root, shim)));
  return left === undefined ? { kind: "missing" } : { kind: "unregistered", ...left };
}

/** By what is behind the name where the daemon says it, else by the name. The last two parts of a type make the program's name. */
function isKata(name: string, shim: string): boolean {
  if (/^io\.containerd\.(?:[a-z0-9-]+\.)*kata(?:-[a-z0-9]+)?\.v2$/.test(shim)) return true;
  if (/(?:^|\/)(?:containerd-shim-kata(?:-[a-z0-9]+)?-v2|kata-runtime)$/.test(shim)) return true;
  return /^kata(?:-[a-z0-9-]+)?$/.test(name) || name === shimType;
}
