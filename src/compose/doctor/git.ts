/** git: what brings a bottle's work back. */
import { installRemedy } from "../../backends/distribution.ts";
import type { Check } from "../../lifecycle/backend.ts";
import { readSystem } from "./host.ts";
import type { DoctorHost } from "./host.ts";
import { findProgram, versionOf } from "./program.ts";

export async function git(host: DoctorHost): Promise<Check> {
  const name = "git";
  const osRelease = readSystem(host, "/etc/os-release");
  const program = await findProgram("git", host.env["PATH"]);
  if (program === undefined)
    return {
      name,
      state: "bad",
      detail: "is not installed: a bottle's changes cannot be brought back",
      remedy: installRemedy("git", { uid: host.uid, osRelease }),
    };
  const version = /^git version (\d\S*)/.exec((await versionOf(program)) ?? "")?.[1];
  if (version === undefined)
    return { name, state: "bad", detail: `${program} does not say its version` };
  return { name, state: "good", detail: `${version}, ${program}` };
}
