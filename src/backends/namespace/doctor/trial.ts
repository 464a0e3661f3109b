/** Makes the namespaces of a bottle around a program that ends at once: what forbids them without a switch shows only so. */
import { execFile } from "node:child_process";
import type { Check } from "../../../lifecycle/backend.ts";
import type { Owner } from "../../owner.ts";
import { bottleNamespaces } from "../view.ts";
import type { ProbeHost } from "./host.ts";

const name = "trial";
const timeoutMs = 2000;

/** Nothing of the host is written, and nothing stays; `owner` is whom a bottle started as root would belong to. */
export async function trial(host: ProbeHost, owner: Owner): Promise<Check> {
  const [bwrap, prlimit, setpriv] = (["bwrap", "prlimit", "setpriv"] as const).map(host.tool);
  if (bwrap === undefined || prlimit === undefined)
    return { name, state: "bad", detail: "cannot be made: a program is missing" };
  const drop = [
    setpriv ?? "",
    "--reuid",
    `${owner.uid}`,
    "--regid",
    `${owner.gid}`,
    "--clear-groups",
    "--",
  ];
  const [program = "", ...args] = [
    ...(host.uid === 0 ? drop : []),
    bwrap,
    ...bottleNamespaces(undefined),
    ...["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--", prlimit, "--version"],
  ];
  const complaint = await new Promise<string | undefined>((resolve) => {
    const options = { timeout: timeoutMs, env: {}, cwd: "/", maxBuffer: 64 * 1024 };
    execFile(program, args, options, (error, _stdout, stderr) =>
      resolve(error === null ? undefined : stderr.trim().split("\n")[0] || error.message),
    );
  });
  if (complaint === undefined)
    return { name, state: "good", detail: "the namespaces of a bottle can be made" };
  return {
    name,
    state: "bad",
    detail: `The namespaces of a bottle cannot be made: ${complaint}`,
    remedy:
      "In a container its engine forbids them; Docker does not with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined.",
  };
}
