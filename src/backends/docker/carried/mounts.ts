/** What a bound bottle has from folders of this machine, sorted for a daemon that sees none of them: its own, and programs to read. */
import { dirname, basename } from "node:path";
import type { LaunchSpec, Mount } from "../../../lifecycle/backend.ts";
import { inside } from "../../inside.ts";
import type { Program } from "./programs.ts";

/** Everything that is only read; home, workspace and link have volumes of the bottle's own. `etc`: the folder of fresh files. */
export function programsOf(
  mounts: readonly Mount[],
  spec: Pick<LaunchSpec, "workspaceTarget">,
  etc: string,
): readonly Program[] {
  const own = new Set<string>([inside.home, inside.link, spec.workspaceTarget]);
  const read = mounts.filter(({ target }) => !own.has(target));
  const fresh = read.filter(({ source }) => dirname(source) === etc);
  const rest = read.filter(({ source }) => dirname(source) !== etc);
  return [
    // One of them changes seldom without the others: they travel together.
    {
      source: etc,
      targets: fresh.map(({ source, target }) => ({ inside: basename(source), target })),
    },
    ...rest.map(({ source, target }) => ({ source, targets: [{ inside: "", target }] })),
  ];
}
