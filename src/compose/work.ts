/** Whether a bottle holds work that is nowhere else. */
import type { BottleInfo } from "./bottles.ts";
import type { Host } from "./paths.ts";

/** In words; undefined if there is none. In doubt there is. */
export async function workIn(_host: Host, info: BottleInfo): Promise<string | undefined> {
  if (info.changed === 0) return Promise.resolve(undefined);
  return Promise.resolve(
    info.changed === null
      ? "What it changed cannot be counted."
      : `It wrote ${info.changed} file${info.changed === 1 ? "" : "s"}.`,
  );
}
