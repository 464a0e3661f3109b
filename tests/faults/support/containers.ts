/** The containers of one scene's bottles, as the daemon has them. */
import { idLabel } from "../../../src/backends/docker/labels.ts";
import type { Engine } from "../../../src/backends/docker/engine/engine.ts";
import type { FaultScene } from "./scene.ts";
import { until } from "./until.ts";

export interface ListedContainer {
  readonly Id: string;
  readonly Names: readonly string[];
}

/** Running or not. */
export async function containersOf(
  engine: Engine,
  { mark }: FaultScene,
): Promise<readonly ListedContainer[]> {
  const query = { all: "1", filters: JSON.stringify({ label: [idLabel] }) };
  const found = (await engine.call("GET", "/containers/json", {
    query,
  })) as readonly ListedContainer[];
  return found.filter(({ Names: [name = ""] }) => name.startsWith(`/claude-bottle-${mark}`));
}

export async function noContainer(engine: Engine, scene: FaultScene): Promise<void> {
  await until("no container is left", async () => (await containersOf(engine, scene)).length === 0);
}
