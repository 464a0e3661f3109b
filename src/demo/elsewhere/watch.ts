/**
 * The look from outside at a bottle on another machine, whose processes are not ours to see: what the daemon there tells of it, and
 * its files as the daemon hands them out. Nobody here looks into its memory, and no check says so.
 */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { labelledContainers } from "../../backends/docker/container-state.ts";
import { labelledVolumes } from "../../backends/docker/carried/volumes.ts";
import type { Engine } from "../../backends/docker/engine/engine.ts";
import { idLabel } from "../../backends/docker/labels.ts";
import { labelledNetworks } from "../../backends/docker/network/network-state.ts";
import { searchSecrets } from "../../proof/secret-search.ts";
import { plainText } from "../check.ts";
import type { ShownCheck } from "../check.ts";
import { notReached } from "../results.ts";
import type { Verdict } from "../scenario.ts";
import type { Watch } from "../watch.ts";

/** Bytes of one volume; the demo's hold some megabytes. */
const maxArchive = 256 * 1024 ** 2;
/** A file of the workspace's: a search that does not see its name has looked at nothing. */
const control = "knock.mjs";

/** Containers, networks and volumes there, by their names. */
interface Things {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

export function watchThere(engine: Engine): Watch {
  let found: Verdict | undefined;
  let bottle: { readonly id: string; readonly seen: Things } | undefined;
  return {
    async look(id, { token }) {
      const seen = await thingsOf(engine, id);
      bottle = { id, seen };
      found = await searchThere(engine, seen, token).catch((error: unknown) => ({
        ok: false,
        detail: plainText(`could not be searched: ${String(error)}`),
      }));
    },
    search: () => ({
      name: "secret-search-there",
      part: "attack",
      tried: "(asked of Docker there) hold the token in a setting, an argument or a file",
      ...(found ?? notReached),
    }),
    left: async () =>
      leftThere(bottle?.seen, bottle === undefined ? undefined : await thingsOf(engine, bottle.id)),
  };
}

async function thingsOf(engine: Engine, id: string): Promise<Things> {
  const label = [`${idLabel}=${id}`];
  const [containers, networks, volumes] = await Promise.all([
    labelledContainers(engine, label),
    labelledNetworks(engine, label),
    labelledVolumes(engine, label),
  ]);
  return {
    containers: containers.map(({ name }) => name),
    networks: networks.map(({ name }) => name),
    volumes: volumes.map(({ name }) => name),
  };
}

async function searchThere(engine: Engine, seen: Things, token: string): Promise<Verdict> {
  const { networks, volumes } = seen;
  const ask = async (path: string): Promise<Told> => ({
    where: path,
    told: ((await engine.call("GET", `/${path}`)) ?? {}) as Fields,
  });
  const containers = await Promise.all(
    seen.containers.map((name) => ask(`containers/${name}/json`)),
  );
  // One that carries volumes never runs.
  const running = containers.filter(({ told }) => (told["State"] as Fields)["Running"] === true);
  const more = [
    ...running.flatMap(({ told }) =>
      ["top", "changes"].map((one) => `containers/${String(told["Id"])}/${one}`),
    ),
    ...networks.map((name) => `networks/${name}`),
    ...volumes.map((name) => `volumes/${name}`),
  ];
  const told = [...containers, ...(await Promise.all(more.map(ask)))];
  const dir = await mkdtemp(join(tmpdir(), "bottle-demo-there-"));
  try {
    const paths: string[] = [];
    for (const place of mountsOf(containers, volumes)) {
      const path = join(dir, String(paths.length));
      await fetchArchive(engine, place, path);
      paths.push(path);
    }
    const searched = await searchSecrets({
      pids: [],
      paths,
      texts: told.map((one) => ({ where: one.where, text: JSON.stringify(one.told) })),
      values: [
        { name: "token", value: token },
        { name: control, value: control },
      ],
      memory: false,
    });
    return verdictOf(running.length, seen, paths.length, searched);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

type Fields = Readonly<Record<string, unknown>>;

interface Told {
  readonly where: string;
  readonly told: Fields;
}

interface Mounted {
  readonly container: string;
  readonly path: string;
}

/** Where each of the bottle's volumes is found, as the containers' configurations tell. */
function mountsOf(containers: readonly Told[], volumes: readonly string[]): Iterable<Mounted> {
  const found = new Map<string, Mounted>();
  for (const { told } of containers)
    for (const { Name, Destination } of (told["Mounts"] ?? []) as readonly Fields[])
      if (typeof Name === "string" && volumes.includes(Name))
        found.set(Name, { container: String(told["Id"]), path: String(Destination) });
  return found.values();
}

async function fetchArchive(
  engine: Engine,
  { container, path }: Mounted,
  file: string,
): Promise<void> {
  const query = { path };
  const answer = await engine.stream("GET", `/containers/${container}/archive`, { query });
  let size = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done(size > maxArchive ? new Error(`${path} is too large`) : null, chunk);
    },
  });
  await pipeline(answer, bounded, createWriteStream(file, { mode: 0o600 }));
}

type Searched = Awaited<ReturnType<typeof searchSecrets>>;

function verdictOf(
  running: number,
  { networks, volumes }: Things,
  archives: number,
  { found, unread, searched }: Searched,
): Verdict {
  const hits = found.filter(({ name }) => name === "token");
  if (hits.length > 0)
    return { ok: false, detail: plainText(hits.map(({ where }) => where).join(", ")) };
  if (unread.length > 0) return { ok: false, detail: plainText(`not read: ${unread.join(", ")}`) };
  // The bottle, its gateway, the agent's work and home: a search that saw less proves nothing.
  const whole = running >= 2 && archives >= 2 && archives === volumes.length && found.length > 0;
  const megabytes = (searched.bytes / 1024 ** 2).toFixed(1);
  const where = `${running} containers, ${networks.length} networks, ${archives} volumes, ${megabytes} MB`;
  return { ok: whole, detail: whole ? `not in ${where}` : `saw no more than ${where}` };
}

function leftThere(seen: Things | undefined, left: Things | undefined): ShownCheck {
  const all = (things: Things): readonly string[] => Object.values(things).flat() as string[];
  const before = seen === undefined ? [] : all(seen);
  const after = left === undefined ? [] : all(left);
  return {
    name: "nothing-left-there",
    part: "agent",
    tried: "end, and leave nothing with Docker there",
    ok: before.length > 0 && after.length === 0,
    detail:
      before.length === 0
        ? "it never ran"
        : after.length === 0
          ? `all ${before.length} containers, networks and volumes are gone`
          : plainText(`still there: ${after.join(", ")}`),
  };
}
