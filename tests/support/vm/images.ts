/** The images of a bottle on a machine, before its wire is as slow as the tests want it: they stay on its disk for the next. */
import { join } from "node:path";
import { openScene } from "../../e2e/support/cli.ts";
import type { TestVm } from "./vm.ts";

/** A bottle of the machine's, made and ended over a wire without delay. */
export async function makeImages(vm: TestVm): Promise<void> {
  const { env, home } = vm.owner();
  await using scene = await openScene(
    `version: 1
bottles: {dev: {place: "${vm.place}"}}
agents: {me: {bottle: dev, provider: shell}}
`,
    { ...env, XDG_RUNTIME_DIR: join(home, "run") },
  );
  await vm.wire.set("delay 0");
  const end = await scene.start(["--headless", "--yes", "--prompt", "true"]);
  if (end.code !== 0) throw new Error(end.stderr);
  await vm.wire.set("delay 25");
}
