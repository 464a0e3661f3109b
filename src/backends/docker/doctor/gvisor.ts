/** Whether the daemon has the runtime of the rung gvisor as a bottle needs it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Check, Fix } from "../../../lifecycle/backend.ts";
import { bad, good } from "./check.ts";
import type { RegisteredRuntime } from "../info.ts";
import type { LinkName } from "../../../manifest/manifest.ts";
import { foreignFlag, ownRuntimes, runtimeFor } from "../gvisor/runtime.ts";

/** Where gVisor's packages and its install.md put it, besides what the caller's PATH leads to. */
const folders = ["/usr/local/bin", "/usr/bin"];

/** On this machine, if it is there. `root`: `/`, or what stands for it; `path`: the caller's. */
export function findRunsc(root: string | undefined, path = ""): string | undefined {
  if (root === undefined) return undefined;
  const all = [...path.split(":").filter((folder) => folder.startsWith("/")), ...folders];
  return all.map((folder) => `${folder}/runsc`).find((program) => existsSync(join(root, program)));
}

/**
 * `runsc`: where the program is on this machine, if it is; `register` does what is missing then. The name proves nothing: the probes
 * inside find out what it is.
 */
export function gvisorRuntime(
  link: LinkName,
  runtimes: ReadonlyMap<string, RegisteredRuntime>,
  runsc: string | undefined,
  register?: (runsc: string) => Promise<string>,
): Check {
  const name = "gvisor-runtime";
  const own = runtimeFor(link);
  const { name: ownRuntime, flags } = own;
  const byHand = `Give ${ownRuntime} in daemon.json a "path" and the "runtimeArgs" ${JSON.stringify(flags)}, and no other.`;
  const found = runtimes.get(ownRuntime);
  if (found === undefined)
    return runsc === undefined
      ? bad(
          name,
          `the daemon has no runtime ${ownRuntime}, and this machine no runsc`,
          "Install gVisor's package runsc as gvisor.dev/docs/user_guide/install says, then run: bottle doctor --fix",
        )
      : {
          ...bad(
            name,
            `the daemon has no runtime ${ownRuntime}; ${runsc} is there`,
            "Run: bottle doctor --fix",
          ),
          ...(register === undefined ? {} : { fix: fixOf(runsc, register) }),
        };
  if (found.path === undefined) return bad(name, `${ownRuntime} is no program with flags`, byHand);
  const missing = flags.filter((flag) => !found.args.includes(flag));
  if (missing.length > 0) return bad(name, `${ownRuntime} lacks ${missing.join(" ")}`, byHand);
  const foreign = foreignFlag(own, found.args);
  if (foreign !== undefined) return bad(name, `${ownRuntime} has the flag ${foreign}`, byHand);
  return good(name, `${ownRuntime} is ${found.path}`);
}

function fixOf(runsc: string, register: (runsc: string) => Promise<string>): Fix {
  const names = ownRuntimes.map(({ name }) => name).join(" and ");
  const what = `Register ${runsc} with the Docker daemon as ${names}, beside what is in its settings, and let it read them?`;
  return { what, asRoot: true, apply: () => register(runsc) };
}
