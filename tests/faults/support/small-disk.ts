/** A state folder on a disk of its own, so small that a test can fill it, and nobody else's. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, rmdirSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FaultScene } from "./scene.ts";

/** For `need`: undefined where a file system may be mounted. */
export function lacksMount(): string | undefined {
  const probe = mkdtempSync(join(tmpdir(), "faults-mount-"));
  try {
    mount(probe);
    execFileSync("umount", [probe], { stdio: "ignore" });
    return undefined;
  } catch {
    return "mounting a small disk needs root and the right to mount";
  } finally {
    rmdirSync(probe);
  }
}

export interface SmallDisk extends Disposable {
  /** Not one byte more. */
  fill(): void;
  makeRoom(): void;
}

/** Mounted over the scene's state folder; dispose it before the scene. */
export function openSmallDisk({ stateHome }: FaultScene): SmallDisk {
  mkdirSync(stateHome, { mode: 0o700 });
  mount(stateHome);
  const filler = join(stateHome, "filler");
  return {
    fill() {
      const { bavail, bsize } = statfsSync(stateHome);
      execFileSync("fallocate", ["-l", String(Math.max(1, bavail - 4) * bsize), filler]);
      for (const size of [4096, 1])
        try {
          for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: "a" });
        } catch {
          // Full for pieces of this size.
        }
    },
    makeRoom: () => rmSync(filler, { force: true }),
    [Symbol.dispose]() {
      execFileSync("umount", ["-l", stateHome]);
    },
  };
}

function mount(folder: string): void {
  // A copy leaves 256 MiB free (src/workspace/clone.ts); what is above is the bottle's.
  const options = ["-t", "tmpfs", "-o", "size=270m,mode=0700", "faults", folder];
  execFileSync("mount", options, { stdio: "ignore" });
}
