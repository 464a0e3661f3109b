/** What the manifest shares with a bottle beside its workspace, found and checked on this host before the owner is asked. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";
import type { Furniture } from "../lifecycle/control.ts";
import { isWithin } from "../manifest/formats/local-path.ts";
import { privateSource } from "../manifest/private-source.ts";
import type { Plan } from "../plan/plan.ts";
import { recordsDir } from "../record/paths.ts";
import { caches } from "../workspace/caches/index.ts";
import type { CacheHost, SharedCache } from "../workspace/caches/cache.ts";
import { checkSharedSource } from "../workspace/sharing/source.ts";
import { bring } from "./bring.ts";
import { authorOf } from "./git-author.ts";
import { configHome, homeOf, hostPaths } from "./paths.ts";
import type { Host } from "./paths.ts";

export interface Furnished {
  readonly furniture: Furniture;
  /** For the owner, before he is asked. */
  readonly hints: readonly string[];
}

/** A bottle that goes on has its home with everything in it: nothing is brought again. */
export async function readFurniture(host: Host, plan: Plan, resume: boolean): Promise<Furnished> {
  const [author, found, brought] = await Promise.all([
    authorOf(host, plan.git),
    findCaches(host, plan),
    resume ? null : bring(host, plan.agent),
  ]);
  const shared = found.map(({ cache }) => cache).filter((cache) => cache !== undefined);
  const mounts = await Promise.all(
    [...plan.mounts, ...shared.flatMap((cache) => cache.mounts)].map(
      async ({ source, target }) => ({ ...(await checkSource(host, source)), target }),
    ),
  );
  const none = found.filter(({ cache }) => cache === undefined).map(({ name }) => name);
  return {
    furniture: {
      mounts,
      forests: shared.flatMap((cache) => cache.forests ?? []),
      env: Object.assign({}, ...shared.map((cache) => cache.env ?? {})) as Record<string, string>,
      seeds: shared.flatMap((cache) => cache.seeds ?? []),
      author,
      brought,
    },
    hints: [
      ...(none.length === 0 ? [] : [`There is no cache of ${none.join(", ")} here to share.`]),
      ...(brought === null || brought.comes.length === 0
        ? []
        : [`From your set-up come: ${brought.comes.join("; ")}.`]),
      ...(brought === null || brought.stays.length === 0
        ? []
        : [`What stays behind: ${brought.stays.join("; ")}.`]),
    ],
  };
}

async function checkSource(
  host: Host,
  path: string,
): Promise<{ readonly source: string; readonly identity: string }> {
  const found = await checkSharedSource(path, host.uid);
  const { stateHome, runHome } = hostPaths(host);
  const ours = [
    recordsDir(stateHome),
    `${recordsDir(stateHome)}-keys`,
    `${recordsDir(stateHome)}-trust`,
    runHome,
    join(configHome(host), "claude-bottle"),
  ];
  const own = ours.find((one) => isWithin(found.source, one) || isWithin(one, found.source));
  const why =
    own === undefined ? privateSource(found.source, homeOf(host)) : `holds, or lies in, ${own}`;
  if (why === undefined) return found;
  throw new BottleError({
    code: "E_PLAN_MOUNT",
    what: `The mount ${path} ${why}.`,
    next: "Name a folder that holds nothing but what the agent shall read.",
  });
}

function findCaches(
  host: Host,
  plan: Plan,
): Promise<readonly { readonly name: string; readonly cache: SharedCache | undefined }[]> {
  const asked = new Map<string, Promise<string | undefined>>();
  const cacheHost: CacheHost = {
    env: host.env,
    home: homeOf(host),
    ask: (argv) => {
      const key = argv.join(" ");
      const answer = asked.get(key) ?? firstLine(host, argv);
      asked.set(key, answer);
      return answer;
    },
  };
  return Promise.all(
    plan.caches.map(async (name) => ({ name, cache: await caches[name](cacheHost) })),
  );
}

/** Started in the root folder: a program must not take its orders from a project's files. */
function firstLine(
  host: Host,
  [program = "", ...args]: readonly string[],
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { env: host.env, cwd: "/", timeout: 10_000, maxBuffer: 64 * 1024 };
    execFile(program, args, options, (error, out) => {
      const line = out.split("\n")[0]?.trim() ?? "";
      resolve(error === null && line !== "" ? line : undefined);
    });
  });
}
