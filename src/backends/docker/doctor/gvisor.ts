/** Whether the daemon has the runtime of the rung gvisor as a bottle needs it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "../../../lifecycle/backend.ts";
import { bad, good } from "./check.ts";
import type { RegisteredRuntime } from "../info.ts";
import { allowedFlags, ownFlags, ownRuntime } from "../gvisor/runtime.ts";

/** Where gVisor's packages and install.md put it. */
const programs = ["/usr/local/bin/runsc", "/usr/bin/runsc", "/usr/local/sbin/runsc"];

/** On this machine, if it is there. */
export function findRunsc(root: string | undefined): string | undefined {
  if (root === undefined) return undefined;
  return programs.find((path) => existsSync(join(root, path)));
}

/** `runsc`: where the program is on this machine, if it is. The name proves nothing: the probes inside find out what it is. */
export function gvisorRuntime(
  runtimes: ReadonlyMap<string, RegisteredRuntime>,
  runsc: string | undefined,
): Check {
  const name = "gvisor-runtime";
  const found = runtimes.get(ownRuntime);
  if (found === undefined)
    return runsc === undefined
      ? bad(
          name,
          `the daemon has no runtime ${ownRuntime}, and this machine no runsc`,
          "Install gVisor's package runsc as gvisor.dev/docs/user_guide/install says, then run: bottle doctor --fix",
        )
      : bad(
          name,
          `the daemon has no runtime ${ownRuntime}; ${runsc} is there`,
          "Run: bottle doctor --fix",
        );
  if (found.path === undefined) return bad(name, `${ownRuntime} is no program with flags`, byHand);
  const missing = ownFlags.filter((flag) => !found.args.includes(flag));
  if (missing.length > 0) return bad(name, `${ownRuntime} lacks ${missing.join(" ")}`, byHand);
  const foreign = found.args.find((arg) => !allowedFlags.some((flag) => flag.test(arg)));
  if (foreign !== undefined) return bad(name, `${ownRuntime} has the flag ${foreign}`, byHand);
  return good(name, `${ownRuntime} is ${found.path}`);
}

const byHand = `Give ${ownRuntime} in daemon.json a "path" and the "runtimeArgs" ${JSON.stringify(ownFlags)}, and no other.`;
