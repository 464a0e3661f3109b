/** Bottles as these tests want them: left alone and at work. */
import type { CliResult } from "../../e2e/support/cli.ts";
import type { FaultScene } from "./scene.ts";
import { until } from "./until.ts";

export interface Listed {
  readonly id: string;
  readonly state: string;
  readonly attached: number;
  readonly requests: number | null;
  readonly error: string | null;
  readonly cutOff: boolean;
  readonly problems: readonly string[];
}

/** `bottle ps`, as an array. */
export async function list(scene: FaultScene): Promise<readonly Listed[]> {
  const { stdout, stderr, code } = await scene.run(["ps", "--all", "--format", "json"]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as readonly Listed[];
}

/** Starts `script` with nobody at it; resolves with the id when it has written its work. */
export async function startAlone(scene: FaultScene, script: string): Promise<string> {
  const started = await scene.start(script, ["--headless", "--detach"]).ended;
  if (started.code !== 0) throw new Error(started.stderr);
  await until("its work is there", async () => (await scene.record("workspace/work.txt")) !== "");
  scene.look();
  return started.stdout.trim();
}

/** `bottle stop`; fails the test unless it worked. */
export async function stop(scene: FaultScene, id: string): Promise<CliResult> {
  const stopped = await scene.run(["stop", id]);
  if (stopped.code !== 0) throw new Error(stopped.stderr);
  return stopped;
}
