/** Tells when a file was written, or another one put in its place, as editors do. */
import { unwatchFile, watchFile } from "node:fs";
import type { StatsListener } from "node:fs";

export interface Watch {
  /** What is watched from now on. */
  follow(path: string): void;
  stop(): void;
}

/** Milliseconds between two looks, and of rest before a change is told: who writes in pieces is read when done. */
const interval = 400;

/** Looks at the path and not at an inode: inotify(7) follows the old file when a new one takes its name. */
export function watchPath(path: string, changed: () => void): Watch {
  let watched = path;
  let timer: NodeJS.Timeout | undefined;
  const listener: StatsListener = (now, before) => {
    if (now.mtimeMs === before.mtimeMs && now.ino === before.ino && now.size === before.size)
      return;
    clearTimeout(timer);
    timer = setTimeout(changed, interval / 2);
  };
  const start = (): void => void watchFile(watched, { interval, persistent: false }, listener);
  start();
  return {
    follow(next) {
      if (next === watched) return;
      unwatchFile(watched, listener);
      watched = next;
      start();
    },
    stop() {
      clearTimeout(timer);
      unwatchFile(watched, listener);
    },
  };
}
