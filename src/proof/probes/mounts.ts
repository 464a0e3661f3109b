/** The bottle's mounts as the kernel lists them (proc_pid_mountinfo(5)). */
import { readFileSync } from "node:fs";
import { attempt } from "./probe.ts";
import type { Probe } from "./probe.ts";

interface Mount {
  readonly point: string;
  readonly options: ReadonlySet<string>;
}

/** In the order of mounting: a later one covers an earlier one at the same point. */
export function parseMounts(mountinfo: string): readonly Mount[] {
  return mountinfo
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const fields = line.split(" ");
      return { point: unescape(fields[4] ?? ""), options: new Set((fields[5] ?? "").split(",")) };
    });
}

/** Space, tab, line break and backslash are written as three octal digits. */
function unescape(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

const own = (): readonly Mount[] => parseMounts(readFileSync("/proc/self/mountinfo", "utf8"));

export const mountProbes: readonly Probe[] = [
  {
    name: "sysctl-mount",
    run: () =>
      attempt(() => {
        const mount = own().findLast(({ point }) => ["/proc", "/proc/sys"].includes(point));
        return mount?.options.has("ro") === true ? "read-only" : "writable";
      }),
  },
  {
    // A program's set-user-id bit means nothing on such a mount (mount(2), MS_NOSUID).
    name: "setuid-mounts",
    run: () =>
      attempt(() => {
        const open = own().filter(({ options }) => !options.has("nosuid"));
        return open.length === 0
          ? "all nosuid"
          : `suid: ${open
              .slice(0, 5)
              .map(({ point }) => point)
              .join(" ")}`;
      }),
  },
];
