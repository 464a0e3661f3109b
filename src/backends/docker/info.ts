/** What the daemon says of itself (`GET /info`), as far as a bottle depends on it. */
import type { Engine } from "./engine/engine.ts";

export interface EngineInfo {
  readonly serverVersion: string;
  readonly kernel: string;
  readonly system: string;
  /** By the name under which each is registered. */
  readonly runtimes: ReadonlyMap<string, RegisteredRuntime>;
  /** `seccomp`, `rootless`, `userns`, `apparmor` … */
  readonly security: readonly string[];
  readonly cgroupVersion: string;
  readonly cgroupDriver: string;
  readonly storage: string;
  readonly initBinary: string;
  readonly limits: { readonly cpus: boolean; readonly memory: boolean; readonly pids: boolean };
}

export interface RegisteredRuntime {
  /** Undefined for one that is a shim of containerd's. */
  readonly path: string | undefined;
  /** `io.containerd.kata.v2`, where the daemon tells it: not all versions do. */
  readonly type?: string | undefined;
  readonly args: readonly string[];
}

/** Why a container's users are others than the machine's: a user namespace of the daemon's own, or one that it makes for its containers. */
export function usersOf(info: EngineInfo | undefined): "rootless" | "userns-remap" | undefined {
  if (info?.security.includes("rootless") === true) return "rootless";
  return info?.security.includes("userns") === true ? "userns-remap" : undefined;
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
    runtimes: new Map(
      Object.entries(info["Runtimes"] ?? {}).map(([name, entry]) => [name, readRuntime(entry)]),
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

function readRuntime(entry: unknown): RegisteredRuntime {
  const { path, runtimeType, runtimeArgs } = (entry ?? {}) as Fields;
  const text = (value: unknown): string | undefined =>
    typeof value === "string" && value !== "" ? value.slice(0, 4096) : undefined;
  return {
    path: text(path),
    type: text(runtimeType),
    args: Array.isArray(runtimeArgs) ? runtimeArgs.map((arg) => String(arg).slice(0, 4096)) : [],
  };
}
