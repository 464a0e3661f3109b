/** Everything a rung of this backend depends on, one check after the other: the first bad one is why it is not available. */
import type { Check } from "../../../lifecycle/backend.ts";
import { installRemedy, rootRemedy } from "../../distribution.ts";
import type { DockerRung } from "../capabilities.ts";
import type { Endpoint } from "../engine/endpoint.ts";
import { openEngine } from "../engine/engine.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineFailure, isStatus } from "../engine/failure.ts";
import type { EngineInfo } from "../info.ts";
import { readInfo } from "../info.ts";
import { bad, good } from "./check.ts";
import type { NeedHost } from "./need.ts";
import { needsOf } from "./needs.ts";

/** Milliseconds for everything that is asked: a daemon that hangs must not hang its owner. */
const usualPatience = 20_000;

export interface ExamineHost extends NeedHost {
  /** `runc` where nobody says. */
  readonly rung?: DockerRung;
  readonly platform: string;
  readonly endpoint: Endpoint;
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
  return {
    checks: [daemon, ...needsOf(host.rung ?? "runc").map((need) => need(info, host))],
    info,
  };
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
