/** Everything the rung runc depends on, one check after the other: the first bad one is why it is not available. */
import { release } from "node:os";
import type { Check } from "../../../lifecycle/backend.ts";
import type { LinkName } from "../../../manifest/manifest.ts";
import { installRemedy, rootRemedy } from "../../distribution.ts";
import type { WhoAsks } from "../../distribution.ts";
import type { Endpoint } from "../engine/endpoint.ts";
import { openEngine } from "../engine/engine.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineFailure, isStatus } from "../engine/failure.ts";
import type { EngineInfo } from "../info.ts";
import { gvisorRuntime } from "./gvisor.ts";
import { readInfo } from "../info.ts";
import { bad, good } from "./check.ts";

/** Milliseconds for everything that is asked: a daemon that hangs must not hang its owner. */
const usualPatience = 20_000;

export interface ExamineHost extends WhoAsks {
  readonly platform: string;
  readonly endpoint: Endpoint;
  readonly rung: "runc" | "gvisor";
  readonly link: LinkName;
  /** Where gVisor's program is on this machine, if it is. */
  readonly runsc: string | undefined;
  /** The daemon's program is there. */
  readonly installed: boolean;
}

/** What was found; `info` where the daemon answered. */
export interface Examined {
  readonly checks: readonly Check[];
  readonly info: EngineInfo | undefined;
}

/** `end`: what has not answered by then does not answer. */
export async function examineEngine(host: ExamineHost, end?: AbortSignal): Promise<Examined> {
  if (host.platform !== "linux")
    return only(bad("docker", "bottles of this version need Linux", "Use a Linux machine."));
  const { endpoint } = host;
  if ("reason" in endpoint) return only(bad("docker", endpoint.reason, endpoint.remedy));
  using engine = openEngine(endpoint.socket);
  let info: EngineInfo;
  let version: string;
  try {
    [version, info] = await Promise.race([askBoth(engine), silent(end)]);
  } catch (error) {
    return only(unreachable(endpoint.socket, error, host));
  }
  const daemon = good(
    "docker",
    `Docker ${info.serverVersion}, API ${version}, at ${endpoint.socket}`,
  );
  return { checks: [daemon, ...needsOf(host.rung).map((need) => need(info, host))], info };
}

async function askBoth(engine: Engine): Promise<[version: string, info: EngineInfo]> {
  return [await engine.version(), await readInfo(engine)];
}

function silent(end: AbortSignal = AbortSignal.timeout(usualPatience)): Promise<never> {
  return new Promise((_, reject) => {
    end.addEventListener("abort", () =>
      reject(new EngineFailure(0, "the Docker daemon is there and does not answer")),
    );
  });
}

function only(check: Check): Examined {
  return { checks: [check], info: undefined };
}

function unreachable(socket: string, error: unknown, host: ExamineHost): Check {
  const why = error instanceof Error ? error.message : String(error);
  if (!isStatus(error, 0)) return bad("docker", why, "Look at the log of the daemon.");
  if (why.includes("EACCES"))
    return bad(
      "docker",
      `this user may not use the Docker daemon at ${socket}`,
      "Whoever may use it is root on this machine: if that is meant, join the group that the socket belongs to. The rung namespace needs no daemon.",
    );
  if (why.includes("ENOENT") || why.includes("ECONNREFUSED"))
    return bad(
      "docker",
      `no Docker daemon listens at ${socket}`,
      host.installed
        ? rootRemedy("systemctl start docker", host.uid)
        : installRemedy(packageOf(host), host),
    );
  return bad("docker", why, "Look at the log of the daemon.");
}

/** Debian and its like call it docker.io; there, docker is something else. */
function packageOf({ osRelease = "" }: ExamineHost): string {
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(osRelease) ? "docker.io" : "docker";
}

type Need = (info: EngineInfo, host: ExamineHost) => Check;

/** What makes the containers of a rung. */
const runtimeNeeds: Readonly<Record<ExamineHost["rung"], Need>> = {
  runc: ({ runtimes }) =>
    runtimes.has("runc")
      ? good("docker-runc", "the runtime runc is there")
      : bad("docker-runc", "the daemon has no runtime runc", "Register runc in daemon.json."),
  gvisor: ({ runtimes }, { runsc, endpoint, link }) =>
    gvisorRuntime(
      link,
      runtimes,
      runsc,
      "socket" in endpoint
        ? async (program) =>
            (await import("../gvisor/register.ts")).registerRuntimes(program, endpoint.socket)
        : undefined,
    ),
};

function needsOf(rung: ExamineHost["rung"]): readonly Need[] {
  return [...machineNeeds, runtimeNeeds[rung], ...containerNeeds];
}

const machineNeeds: readonly Need[] = [
  ({ system }) =>
    system === "linux"
      ? good("docker-system", "it makes containers of Linux")
      : bad("docker-system", `it makes containers of ${system}`, "Use a daemon of Linux."),
  ({ kernel }) =>
    kernel === release()
      ? good("docker-kernel", "it runs on this machine's kernel")
      : bad(
          "docker-kernel",
          `it runs on another kernel (${kernel}), in a machine of its own: folders of this one are not there`,
          "Use a daemon of this machine, or the rung namespace.",
        ),
];

const containerNeeds: readonly Need[] = [
  ({ security }) =>
    security.includes("seccomp")
      ? good("docker-seccomp", "it filters system calls")
      : bad(
          "docker-seccomp",
          "the daemon filters no system calls",
          "Use a daemon that was built with seccomp.",
        ),
  ({ security }) => {
    const kind = security.includes("rootless")
      ? "rootless"
      : security.includes("userns")
        ? "userns-remap"
        : undefined;
    return kind === undefined
      ? good("docker-users", "a bottle's user is the one that owns its files")
      : bad(
          "docker-users",
          `it runs containers in a user namespace (${kind}), in which a bottle's files would be nobody's`,
          "Use the rung namespace, which needs no daemon, or a daemon without it.",
        );
  },
  ({ initBinary }) =>
    initBinary !== ""
      ? good("docker-init", `the first process of a bottle is ${initBinary}`)
      : bad(
          "docker-init",
          "the daemon has no docker-init",
          "Install tini, or Docker's own packages.",
        ),
  ({ limits, cgroupVersion }) => {
    const missing = Object.entries(limits)
      .filter(([, held]) => !held)
      .map(([name]) => name);
    return missing.length === 0
      ? good(
          "docker-limits",
          `it holds limits of processors, memory and processes, by cgroup v${cgroupVersion}`,
        )
      : {
          name: "docker-limits",
          state: "open",
          detail: `it holds no limit of ${missing.join(", ")}`,
        };
  },
];
