/** Tells when a file was written, or another one put in its place, as editors do. */
import { stat } from "node:fs/promises";

export interface Watched {
  readonly path: string;
  /** Milliseconds since the epoch before which it was read: what was written since then is a change. */
  readonly since: number;
}

export interface Watch {
  stop(): void;
}

export interface WatchOptions {
  /** What is in force. */
  readonly watched: () => Watched;
  readonly changed: () => void;
  /** Between two looks; a change is told when it is as old, so that who writes in pieces is done. */
  readonly everyMs?: number;
}

/** A file's times are those of the kernel's last tick, up to 10 ms ago (CONFIG_HZ=100). */
const tickMs = 20;

/** Looks at the path and not at an inode: inotify(7) follows the old file when a new one takes its name. */
export function watchPath({ watched, changed, everyMs = 300 }: WatchOptions): Watch {
  let path = "";
  let seen = "";
  let told = "";
  let looking = false;
  const look = async (): Promise<void> => {
    const now = watched();
    const found = await stat(now.path).catch(() => undefined);
    const mark =
      found === undefined ? "gone" : `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
    if (now.path !== path) {
      path = now.path;
      told = found !== undefined && found.ctimeMs < now.since - tickMs ? mark : "";
    }
    const rests = mark === seen;
    seen = mark;
    if (!rests || mark === told) return;
    told = mark;
    changed();
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look().finally(() => {
      looking = false;
    });
  }, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
