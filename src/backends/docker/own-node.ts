/**
 * Whether this machine's Node runs in our default image. Debian's, which is in there, starts 40 ms later than a build of nodejs.org:
 * it links two dozen libraries and makes its first objects anew, where the other has a snapshot of them.
 */
import { closeSync, openSync, readSync } from "node:fs";

/** Set in the builds of nodejs.org alone; they need glibc 2.28 (nodejs/node, BUILDING.md), and the image has 2.41. */
const official = "https://nodejs.org/download/release/";

/** Where an image of Debian has what loads a program. */
const loaders = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

export interface NodeBuild {
  readonly program: string;
  /** `process.config.variables`: how it was built. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** This process's own. */
export function ownNode(): NodeBuild {
  return { program: process.execPath, variables: { ...process.config.variables } };
}

/** Linked to nothing but what every image with a Node has, loaded as there, and with a snapshot to start from. */
export function runsInImage({ program, variables }: NodeBuild): boolean {
  const shared = Object.entries(variables).some(
    ([name, value]) => name.startsWith("node_shared") && value !== false,
  );
  return (
    !shared &&
    variables["node_release_urlbase"] === official &&
    variables["node_use_node_snapshot"] === true &&
    loaders.includes(loaderOf(program) ?? "")
  );
}

/** Programs have it in their first page, as every linker puts it there (elf(5), PT_INTERP). */
function loaderOf(program: string): string | undefined {
  const page = Buffer.alloc(4096);
  try {
    const file = openSync(program, "r");
    try {
      readSync(file, page, 0, page.length, 0);
    } finally {
      closeSync(file);
    }
    if (page.readUInt32BE(0) !== 0x7f454c46 || page[4] !== 2 || page[5] !== 1) return undefined;
    const first = Number(page.readBigUInt64LE(32));
    const [size, count] = [page.readUInt16LE(54), page.readUInt16LE(56)];
    for (let index = 0; index < count; index += 1) {
      const head = page.subarray(first + index * size, first + (index + 1) * size);
      if (head.readUInt32LE(0) !== 3) continue;
      const [from, length] = [Number(head.readBigUInt64LE(8)), Number(head.readBigUInt64LE(32))];
      return page.toString("latin1", from, from + length - 1);
    }
  } catch {
    // Not to be read, or no such file: then it is none that we know.
  }
  return undefined;
}
