/** Node and claude-bottle themselves. */
import type { Check } from "../../lifecycle/backend.ts";
import { version } from "../../version.ts";
import type { DoctorHost } from "./host.ts";

/** `engines` of package.json. */
const floor = [20, 19] as const;

export function node({ node: found }: DoctorHost): Check {
  const [major = 0, minor = 0] = found.split(".").map(Number);
  const old = major < floor[0] || (major === floor[0] && minor < floor[1]);
  const detail = `${found}; claude-bottle ${version}`;
  if (!old) return { name: "node", state: "good", detail };
  return {
    name: "node",
    state: "bad",
    detail: `${detail} needs ${floor.join(".")} or newer`,
    remedy: "Install a newer Node from https://nodejs.org.",
  };
}
