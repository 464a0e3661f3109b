/** The host's mounts, as the kernel lists them (proc_pid_mountinfo(5)). */

export interface HostMount {
  /** `major:minor` of the file system. */
  readonly device: string;
  /** What of it is mounted. */
  readonly root: string;
  readonly point: string;
}

/** `text` is latin1, so that names keep their bytes; so are the answers. */
export function parseMountTable(text: string): readonly HostMount[] {
  return text.split("\n").flatMap((line) => {
    const [, , device, root, point] = line.split(" ");
    return device === undefined || root === undefined || point === undefined
      ? []
      : [{ device, root: unescape(root), point: unescape(point) }];
  });
}

/** Mount points strictly below a folder. */
export function mountsBelow(text: string, folder: string): readonly string[] {
  const prefix = `${Buffer.from(folder).toString("latin1")}/`;
  return parseMountTable(text)
    .map(({ point }) => point)
    .filter((point) => point.startsWith(prefix));
}

/** Where a folder is on its file system, as the mount tables of other processes name it. */
export function placeOnDevice(
  text: string,
  folder: string,
): { device: string; root: string } | undefined {
  const path = Buffer.from(folder).toString("latin1");
  const holds = ({ point }: HostMount): boolean =>
    point === "/" || path === point || path.startsWith(`${point}/`);
  // The longest is the innermost; of the same ones the last covers the others.
  const found = parseMountTable(text)
    .filter(holds)
    .reduce<HostMount | undefined>(
      (best, one) => (best === undefined || one.point.length >= best.point.length ? one : best),
      undefined,
    );
  if (found === undefined) return undefined;
  const rest = found.point === "/" ? path : path.slice(found.point.length);
  return { device: found.device, root: `${found.root === "/" ? "" : found.root}${rest}` || "/" };
}

/** Space, tab, line break and backslash are written as three octal digits. */
function unescape(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
