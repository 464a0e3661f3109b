/** Finds, reads and checks the user's manifest. A project's own file is never read, only mentioned. */
import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { BottleError } from "../errors/error.ts";
import { checkTree } from "./check-manifest.ts";
import type { CheckOptions } from "./check-manifest.ts";
import type { Manifest } from "./manifest.ts";
import { parseTree } from "./parse.ts";
import { readText } from "./read-text.ts";
import { isV1, v1File } from "./v1/detect.ts";

export interface LoadOptions {
  /** From `--manifest`; otherwise the user file is looked for. */
  readonly file?: string | undefined;
  readonly home: string;
  /** `$XDG_CONFIG_HOME` or `~/.config`. */
  readonly configHome: string;
  readonly cwd: string;
}

const userFiles = ["bottles.yaml", "bottles.yml", "bottles.json"] as const;
const projectFiles = [".claude-bottle.yaml", ".claude-bottle.yml", ".claude-bottle.json"] as const;

/** Throws `BottleErrors` with every fault of the text, or one `BottleError` about the file itself. */
export async function loadManifest(options: LoadOptions): Promise<Manifest> {
  const [{ file, text }, hints] = await Promise.all([
    options.file === undefined
      ? findUserFile(options)
      : readNamed(resolve(options.cwd, options.file)),
    projectHints(options.cwd),
  ]);
  return checkText(file, text, { home: options.home, hints });
}

/** A text of either form; the code for the old one is loaded where there is one. */
async function checkText(file: string, text: string, options: CheckOptions): Promise<Manifest> {
  const parsed = parseTree(file, text);
  if (!isV1(file, parsed.tree)) return checkTree(file, parsed, options);
  return (await import("./v1/check.ts")).checkV1(file, parsed, options);
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
      next: "Write one, beginning with examples/minimal.yaml, or name a file with --manifest.",
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

/** A cloned project must not decide anything about its own bottle (DESIGN section 7). */
async function projectHints(cwd: string): Promise<readonly string[]> {
  const there = await Promise.all(
    projectFiles.map((name) =>
      access(join(cwd, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return projectFiles
    .filter((_, index) => there[index])
    .map(
      (name) =>
        `${name} in this folder is ignored: a project's own manifest needs bottle trust, which is not part of this version.`,
    );
}
