/** What the agents of these tests do: work that must not be lost, an allowed request, and attempts that must not get out. */
import type { FaultScene } from "./scene.ts";
import { upstreamAddress } from "../../support/target.ts";
import type { World } from "./world.ts";

/** What `work.txt` holds afterwards. */
export function workOf({ mark }: Pick<FaultScene, "mark">): string {
  return `work-${mark}\n`;
}

function knock({ mark }: FaultScene, world: World): string {
  const curl = "curl -s -m 2 -o /dev/null";
  return [
    `${curl} --noproxy '' -x "$http_proxy" http://${upstreamAddress()}:${world.allowedPort}/${mark}/`,
    `${curl} --noproxy '' -x "$http_proxy" http://${upstreamAddress()}:${world.canaryPort}/`,
    `${curl} --noproxy '*' http://${upstreamAddress()}:${world.canaryPort}/`,
  ].join("; ");
}

/** Works, knocks, and ends with 7. */
export function shortRun(scene: FaultScene, world: World): string {
  return `echo work-${scene.mark} > work.txt; ${knock(scene, world)}; exit 7`;
}

/** Works, and knocks until it is ended. */
export function endlessRun(scene: FaultScene, world: World): string {
  return `echo work-${scene.mark} > work.txt; while :; do ${knock(scene, world)}; sleep 0.2; done`;
}
