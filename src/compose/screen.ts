/** The screen of an agent's terminal; its emulator (10 ms) is loaded with the first output, in the agent's time. */
import type { ScreenHandle } from "../lifecycle/supervisor/deps.ts";
import type { Screen } from "../terminal/screen.ts";

export function openScreen(size: {
  readonly columns: number;
  readonly rows: number;
}): ScreenHandle {
  let now = size;
  let screen: Screen | undefined;
  let loading: Promise<Screen> | undefined;
  const load = async (): Promise<Screen> => {
    const { openScreen: open } = await import("../terminal/screen.ts");
    screen = await open(now);
    return screen;
  };
  return {
    async write(data) {
      await (screen ?? (await (loading ??= load()))).write(data);
    },
    resize(columns, rows) {
      now = { columns, rows };
      screen?.resize(columns, rows);
    },
    replay: () => screen?.replay() ?? Buffer.alloc(0),
  };
}
