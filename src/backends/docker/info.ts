/** What the daemon says of itself (`GET /info`), as far as a bottle depends on it. */
import type { Engine } from "./engine/engine.ts";

export interface EngineInfo {
  readonly serverVersion: string;
  readonly kernel: string;
  readonly system: string;
  readonly runtimes: readonly string[];
  /** Of those, the program or the shim behind each, as far as the daemon tells: `/usr/bin/runc`, `io.containerd.kata.v2`. */
  readonly shims: ReadonlyMap<string, string>;
  /** `seccomp`, `rootless`, `userns`, `apparmor` … */
  readonly security: readonly string[];
  readonly cgroupVersion: string;
  readonly cgroupDriver: string;
  readonly storage: string;
  readonly initBinary: string;
  readonly limits: { readonly cpus: boolean; readonly memory: boolean; readonly pids: boolean };
}

type Fields = Readonly<Record<string, unknown>>;

export async function readInfo(engine: Engine): Promise<EngineInfo> {
  const info = ((await engine.call("GET", "/info")) ?? {}) as Fields;
  const text = (name: string): string => {
    const value = info[name];
    return typeof value === "string" ? value.slice(0, 200) : "";
  };
  const options = Array.isArray(info["SecurityOptions"]) ? info["SecurityOptions"] : [];
  return {
    serverVersion: text("ServerVersion"),
    kernel: text("KernelVersion"),
    system: text("OSType"),
    runtimes: Object.keys(info["Runtimes"] ?? {}),
    shims: new Map(
      Object.entries(info["Runtimes"] ?? {}).map(([name, one]) => [name, shimOf(one)]),
    ),
    // Each is `name=seccomp,profile=default`.
    security: options.map((option) => /name=([a-z]+)/.exec(String(option))?.[1] ?? ""),
    cgroupVersion: text("CgroupVersion"),
    cgroupDriver: text("CgroupDriver"),
    storage: text("Driver"),
    initBinary: text("InitBinary"),
    limits: {
      cpus: info["CPUCfsQuota"] === true || info["CpuCfsQuota"] === true,
      memory: info["MemoryLimit"] === true,
      pids: info["PidsLimit"] === true,
    },
  };
}

/** `runtimeType` is told by some versions only. */
function shimOf(runtime: unknown): string {
  const { path, runtimeType } = (runtime ?? {}) as Fields;
  const told = [runtimeType, path].find((value) => typeof value === "string" && value !== "");
  return typeof told === "string" ? told.slice(0, 200) : "";
}
