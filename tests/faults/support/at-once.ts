/** Bottles that wait, each at another step of its life, all at the same time: one fault hits every one of them. */
import type { FaultScene, RunningCommand } from "./scene.ts";
import type { Step } from "./steps.ts";

export interface Waiting<S extends Step> {
  readonly step: S;
  readonly scene: FaultScene;
  readonly end: RunningCommand["ended"];
}

export interface Crowd<S extends Step> extends AsyncDisposable {
  readonly all: readonly Waiting<S>[];
  goOn(): Promise<void>;
}

export async function waitingAt<const S extends Step>(
  steps: readonly S[],
  open: () => Promise<FaultScene>,
  script: (scene: FaultScene) => string,
): Promise<Crowd<S>> {
  const all: Waiting<S>[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(all.map(({ scene }) => scene[Symbol.asyncDispose]()));
  };
  try {
    for (const step of steps) {
      const scene = await open();
      const { ended } = scene.start(script(scene), undefined, scene.pauseAt(step));
      all.push({ step, scene, end: ended });
    }
    await Promise.all(all.map(({ scene }) => scene.paused()));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    all,
    goOn: async () => void (await Promise.all(all.map(({ scene }) => scene.goOn()))),
    [Symbol.asyncDispose]: close,
  };
}
