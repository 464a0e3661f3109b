/** What each rung of this backend needs of the daemon that answered, in the order in which it is told. */
import type { DockerRung } from "../capabilities.ts";
import { findRunsc, gvisorRuntime } from "./gvisor.ts";
import { gvisorRegistration } from "../gvisor/runtime.ts";
import { usersOf } from "../info.ts";
import { kataNeeds } from "../kata/needs.ts";
import { bad, good } from "./check.ts";
import type { Need } from "./need.ts";

export function needsOf(rung: DockerRung): readonly Need[] {
  return [...machineNeeds, ...own[rung], ...containerNeeds];
}

const runc: Need = ({ runtimes }) =>
  runtimes.has("runc")
    ? good("docker-runc", "the runtime runc is there")
    : bad("docker-runc", "the daemon has no runtime runc", "Register runc in daemon.json.");

/** What makes the containers of a rung. */
const own: Readonly<Record<DockerRung, readonly Need[]>> = {
  runc: [runc],
  gvisor: [
    ({ runtimes }, { root, path, link, socket }) =>
      gvisorRuntime(
        link,
        runtimes,
        findRunsc(root, path),
        socket === undefined ? undefined : (program) => registerGvisor(program, socket),
      ),
  ],
  // Its gateway is a container of runc.
  kata: [...kataNeeds, runc],
};

const machineNeeds: readonly Need[] = [
  ({ system }) =>
    system === "linux"
      ? good("docker-system", "it makes containers of Linux")
      : bad("docker-system", `it makes containers of ${system}`, "Use a daemon of Linux."),
  ({ kernel }, host) =>
    host.carried === true
      ? good("docker-kernel", `it runs on ${kernel}, and files are carried there`)
      : kernel === host.kernel
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
  (info, { carried, link }) => {
    const kind = usersOf(info);
    if (carried === true)
      return good(
        "docker-users",
        kind === undefined
          ? "a bottle's files are carried to its user"
          : `it runs containers in a user namespace (${kind}), into which a bottle's files are carried; link network alone`,
      );
    return kind === undefined
      ? good("docker-users", "a bottle's user is the one that owns its files")
      : bad(
          "docker-users",
          `the daemon runs containers in a user namespace (${kind}), in which a bottle's files would be nobody's${link === "network" ? "" : `, with link ${link}`}`,
          "Use the rung runc with `link: network`, which carries them, or the rung namespace, which needs no daemon.",
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

/** Loaded for those who said yes. */
async function registerGvisor(program: string, socket: string): Promise<string> {
  const { registerRuntimes } = await import("./register/register.ts");
  return registerRuntimes(gvisorRegistration(program), socket);
}
