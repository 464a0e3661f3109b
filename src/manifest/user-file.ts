/** Finds, reads and checks the owner's own manifest. */
import { join, resolve } from "node:path";
import { BottleError } from "../errors/error.ts";
import { checkTree } from "./check-manifest.ts";
import type { LoadOptions } from "./load.ts";
import type { Manifest } from "./manifest.ts";
import { parseTree } from "./parse.ts";
import { readText } from "./read-text.ts";
import { isV1, v1File } from "./v1/detect.ts";

/** The owner's manifest, by any of these names; there may be one. */
export const userFiles = ["bottles.yaml", "bottles.yml", "bottles.json"] as const;

/** Throws `BottleErrors` with every fault of the text, or one `BottleError` about the file itself. */
export async function loadUserFile(options: LoadOptions): Promise<Manifest> {
  const { file, text } = await (options.file === undefined
    ? findUserFile(options)
    : readNamed(resolve(options.cwd, options.file)));
  const parsed = parseTree(file, text);
  const { home } = options;
  // The code for the old form is loaded where there is one.
  if (!isV1(file, parsed.tree)) return checkTree(file, parsed, { home });
  return (await import("./v1/check.ts")).checkV1(file, parsed, { home });
}

interface Found {
  readonly file: string;
  readonly text: string;
}

async function readNamed(file: string): Promise<Found> {
  const text = await readText(file);
  if (text !== undefined) return { file, text };
  throw new BottleError({
    code: "E_MANIFEST_MISSING",
    what: "The manifest is not there.",
    next: "Check the path after --manifest.",
    place: { file },
  });
}

async function findUserFile({ configHome, home }: LoadOptions): Promise<Found> {
  const files = userFiles.map((name) => join(configHome, "claude-bottle", name));
  const texts = await Promise.all(files.map((file) => readText(file)));
  const found = files.flatMap((file, index) => {
    const text = texts[index];
    return text === undefined ? [] : [{ file, text }];
  });
  const [first, second] = found;
  if (first === undefined) {
    const old = join(home, v1File);
    const oldText = await readText(old);
    if (oldText !== undefined) return { file: old, text: oldText };
    const wanted = files[0] ?? "";
    const shown = wanted.startsWith(`${home}/`) ? `~${wanted.slice(home.length)}` : wanted;
    throw new BottleError({
      code: "E_MANIFEST_MISSING",
      what: "There is no manifest yet.",
      why: `It is looked for at ${shown} (or .yml, .json), and then at ~/${v1File}.`,
      next: "Write one with `bottle init`, or name a file with --manifest.",
    });
  }
  if (second === undefined) return first;
  throw new BottleError({
    code: "E_MANIFEST_CONFLICT",
    what: "There are two manifests beside each other.",
    why: `The other one is ${second.file}.`,
    next: "Keep one of the two.",
    place: { file: first.file },
  });
}
