/** How this distribution installs a package: a remedy is a command that works here, not a list for everybody. */

export interface WhoAsks {
  readonly uid: number;
  /** The text of os-release(5), where there is one. */
  readonly osRelease: string | undefined;
}

/** By `ID` and `ID_LIKE` of os-release(5). */
const installers: readonly (readonly [ids: readonly string[], command: string])[] = [
  [["debian", "ubuntu"], "apt-get install"],
  [["fedora", "rhel", "centos"], "dnf install"],
  [["suse", "opensuse"], "zypper install"],
  [["arch"], "pacman -S"],
  [["alpine"], "apk add"],
];

/** `Run: sudo apt-get install git`, or words where the distribution is unknown. */
export function installRemedy(name: string, { uid, osRelease }: WhoAsks): string {
  const ids = idsOf(osRelease ?? "");
  const command = installers.find(([known]) => known.some((id) => ids.includes(id)))?.[1];
  return command === undefined
    ? `Install the package ${name} with the package manager of this system.`
    : rootRemedy(`${command} ${name}`, uid);
}

/** A command that only root may run; without redirections, which sudo(8) would not see. */
export function rootRemedy(command: string, uid: number): string {
  return `Run: ${uid === 0 ? "" : "sudo "}${command}`;
}

function idsOf(osRelease: string): readonly string[] {
  const value = (key: string): string =>
    new RegExp(`^${key}=["']?([a-z0-9._ -]*)`, "m").exec(osRelease)?.[1] ?? "";
  return [value("ID"), ...value("ID_LIKE").split(" ")].map((id) => id.replace(/-.*$/, ""));
}
