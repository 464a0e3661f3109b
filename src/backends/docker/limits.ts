/** Which limits of a bottle the daemon can hold: it says so itself. */
import type { LimitPlan } from "../../plan/plan.ts";
import type { EngineInfo } from "./info.ts";

interface Wanted {
  readonly cpus: number;
  readonly memory: number;
  readonly pids: number;
  readonly disk: number;
}

export function planLimits(wanted: Wanted, info: EngineInfo | undefined): readonly LimitPlan[] {
  const held = { cpus: info?.limits.cpus, memory: info?.limits.memory, pids: info?.limits.pids };
  const grouped = (["cpus", "memory", "pids"] as const).map((name): LimitPlan => {
    const enforced = held[name] === true;
    const how = enforced
      ? `Docker, cgroup v${info?.cgroupVersion ?? "?"}`
      : "the Docker daemon has no such control group";
    return { name, value: wanted[name], enforced, how };
  });
  const how =
    "workspace and home are folders of the host; /tmp, /var/tmp and /dev/shm each hold a quarter of the memory limit at most";
  return [...grouped, { name: "disk", value: wanted.disk, enforced: false, how }];
}

/** Bytes: the kernel's page, and the Engine's own floor for memory. */
const period = 100_000;
const smallestMemory = 6 * 1024 ** 2;

/** The limits as a container's configuration has them; one that is not enforced is not asked for, as the Engine would refuse. `processes`: how many of this machine's that number takes. */
export function limitSettings(
  limits: readonly LimitPlan[],
  processes: (wanted: number) => number,
): Readonly<Record<string, number>> {
  const value = (name: LimitPlan["name"]): number | undefined =>
    limits.find((limit) => limit.name === name && limit.enforced)?.value;
  const cpus = value("cpus");
  const memory = value("memory");
  const pids = value("pids");
  return {
    // Not NanoCpus, which the Engine refuses where a machine has fewer.
    ...(cpus === undefined
      ? {}
      : { CpuPeriod: period, CpuQuota: Math.max(1000, Math.round(cpus * period)) }),
    ...(memory === undefined ? {} : memorySettings(Math.max(smallestMemory, Math.floor(memory)))),
    ...(pids === undefined ? {} : { PidsLimit: processes(pids) }),
  };
}

/** The same with swap: none beside it. */
function memorySettings(bytes: number): Readonly<Record<string, number>> {
  return { Memory: bytes, MemorySwap: bytes };
}
