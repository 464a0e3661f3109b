/** What the probe and the doctor look at on this host, so that tests can bring hosts of every kind. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "../../../lifecycle/backend.ts";
import { findTool } from "../tools.ts";
import type { ToolName } from "../tools.ts";

export interface ProbeHost {
  readonly platform: string;
  readonly arch: string;
  readonly uid: number;
  readonly tool: (name: ToolName) => string | undefined;
  readonly read: (path: string) => string | undefined;
  readonly exists: (path: string) => boolean;
  readonly mode: (path: string) => number;
}

/** A check that the rung cannot do without: the first bad one is why it is not available. */
export type Needed = (host: ProbeHost) => Check & { readonly state: "good" | "bad" };

/** `root` stands for `/`: tests bring a folder of their own. */
export function realHost(platform: string, arch: string, uid: number, root = "/"): ProbeHost {
  const at = (path: string): string => (root === "/" ? path : join(root, path));
  return {
    platform,
    arch,
    uid,
    tool: (name) => findTool(name, root),
    read: (path) => {
      try {
        return readFileSync(at(path), "latin1");
      } catch {
        return undefined;
      }
    },
    exists: (path) => existsSync(at(path)),
    mode: (path) => statSync(at(path)).mode,
  };
}

/** A file of one value, without its newline. */
export function valueOf(host: ProbeHost, path: string): string | undefined {
  return host.read(path)?.trim();
}
