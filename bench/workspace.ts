/** Measures the private copy of a workspace against `cp`, run by run in turn. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Host } from "../src/compose/paths.ts";
import { cloneWorkspace } from "../src/workspace/clone.ts";
import { clock } from "./clock.ts";
import { ratio, spread } from "./stats.ts";
import type { Spread } from "./stats.ts";

const run = promisify(execFile);

export interface WorkspaceReport {
  readonly version: 1;
  readonly host: { readonly cpus: number; readonly kernel: string; readonly node: string };
  readonly runs: number;
  readonly files: number;
  /** Milliseconds. */
  readonly cp: Spread;
  readonly reflink: Spread;
  readonly folder: Spread;
  readonly repository: Spread;
  readonly cpRepository: Spread;
  readonly smallFolder: Spread;
  readonly smallRepository: Spread;
  /** The copy of the plain folder, and of the repository, against `cp -a` of the same. */
  readonly ratios: { readonly folder: number; readonly repository: number };
}

export interface WorkspaceBenchOptions {
  readonly runs: number;
  readonly progress: (line: string) => void;
}

const files = 100_000;
/** As in a tree of sources. */
const filesInFolder = 20;
const smallFiles = 20;

export async function benchWorkspace(
  host: Host,
  options: WorkspaceBenchOptions,
): Promise<WorkspaceReport> {
  const { runs, progress } = options;
  const folder = await mkdtemp(join(tmpdir(), "bottle-bench-"));
  const times: Record<string, number[]> = {};
  let round = 0;
  const timed = async (name: string, work: (target: string) => Promise<unknown>): Promise<void> => {
    const target = join(folder, `copy-${name}`);
    const begun = clock();
    await work(target);
    const taken = (times[name] ??= []);
    if (round > 0) taken.push(clock() - begun);
  };
  try {
    progress(`making ${files} files, twice`);
    const sources = await makeSources(host, folder);
    const clone =
      (source: string) =>
      async (target: string): Promise<void> => {
        await mkdir(target);
        await cloneWorkspace({
          source,
          target: join(target, "workspace"),
          owner: { uid: host.uid, gid: process.getgid?.() ?? 0 },
          plan: { refs: "all", ignored: "none", reveal: [] },
          recordDir: target,
          home: folder,
          path: host.env["PATH"] ?? "",
          now: () => Date.now(),
        });
      };
    const cp =
      (source: string, ...flags: string[]) =>
      (target: string): Promise<unknown> =>
        run("cp", ["-a", ...flags, source, target]);
    // Round 0 warms the page cache and is not counted.
    for (; round <= runs; round += 1) {
      await timed("cp", cp(sources.folder));
      await timed("reflink", cp(sources.folder, "--reflink=auto"));
      await timed("folder", clone(sources.folder));
      await timed("cpRepository", cp(sources.repository));
      await timed("repository", clone(sources.repository));
      await timed("smallFolder", clone(sources.smallFolder));
      await timed("smallRepository", clone(sources.smallRepository));
      // All together, after all were made: ext4 is slow to use freed inodes again, which would count against the next one.
      for (const name of Object.keys(times))
        await rm(join(folder, `copy-${name}`), { recursive: true });
      if (round > 0) progress(`run ${round} of ${runs}`);
    }
    const of = (name: string): Spread => spread(times[name] ?? []);
    return {
      version: 1,
      host: { cpus: cpus().length, kernel: release(), node: process.version },
      runs,
      files,
      cp: of("cp"),
      reflink: of("reflink"),
      folder: of("folder"),
      repository: of("repository"),
      cpRepository: of("cpRepository"),
      smallFolder: of("smallFolder"),
      smallRepository: of("smallRepository"),
      ratios: {
        folder: ratio(of("folder"), of("cp")),
        repository: ratio(of("repository"), of("cpRepository")),
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Sources {
  readonly folder: string;
  readonly repository: string;
  readonly smallFolder: string;
  readonly smallRepository: string;
}

async function makeSources(host: Host, folder: string): Promise<Sources> {
  const sources: Sources = {
    folder: join(folder, "plain"),
    repository: join(folder, "repository"),
    smallFolder: join(folder, "small"),
    smallRepository: join(folder, "small-repository"),
  };
  await fill(sources.folder, files);
  await fill(sources.repository, files);
  await fill(sources.smallFolder, smallFiles);
  await fill(sources.smallRepository, smallFiles);
  for (const repository of [sources.repository, sources.smallRepository]) {
    const git = (...argv: string[]): Promise<unknown> =>
      run(
        "git",
        ["-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0", ...argv],
        {
          cwd: repository,
          env: { PATH: host.env["PATH"], HOME: folder },
        },
      );
    await git("init", "-q");
    await git("add", "-A");
    await git("commit", "-q", "-m", "first");
    await git("repack", "-qad");
  }
  return sources;
}

/** Two kilobytes each, in the mean, of words, so that nothing in them is a secret and everything is looked at. */
async function fill(folder: string, count: number): Promise<void> {
  const words = "export const value = await import the other one of these words\n";
  for (let index = 0; index < count; index += 1) {
    const inner = join(
      folder,
      `d${Math.floor(index / filesInFolder / 50)}/e${Math.floor(index / filesInFolder) % 50}`,
    );
    if (index % filesInFolder === 0) await mkdir(inner, { recursive: true });
    await writeFile(
      join(inner, `file${index}.ts`),
      `// ${index}\n${words.repeat(1 + ((index * 37) % 64))}`,
    );
  }
}
