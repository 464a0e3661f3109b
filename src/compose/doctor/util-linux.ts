/** The version of util-linux, whose programs every bottle starts with. */
import { join } from "node:path";
import type { Check } from "../../lifecycle/backend.ts";
import type { DoctorHost } from "./host.ts";
import { findProgram, versionOf } from "./program.ts";

/** Whether the programs are there is the rung's question; this is which ones they are. */
export async function utilLinux({ root }: DoctorHost): Promise<Check> {
  const folders = ["/usr/bin", "/bin"].map((folder) => join(root, folder)).join(":");
  const program = await findProgram("prlimit", folders);
  const said = program === undefined ? undefined : await versionOf(program);
  const version = /util-linux (\d\S*)/.exec(said ?? "")?.[1];
  return version === undefined
    ? {
        name: "util-linux-version",
        state: "open",
        detail: "no program of util-linux says its version",
      }
    : { name: "util-linux-version", state: "good", detail: version };
}
