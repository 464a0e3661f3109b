/** Gives a bottle its policy, its canaries, its files and its transcript: side by side with its launch, or after it was claimed. */
import { chmod } from "node:fs/promises";
import type { AgentContext, AgentRecipe } from "../agent.ts";
import { insideLink } from "./context.ts";
import type {
  CanariesHandle,
  CanaryPlaces,
  GatewayHandle,
  HostedGatewayHandle,
  MountedWorkspaceHandle,
  PreparedCredentials,
} from "./deps.ts";
import type { Life } from "./life.ts";
import { pauseAt } from "./pause.ts";
import { findDirectories, writeLinkFile, writeSeeds } from "./prepare.ts";
import type { BottlePaths } from "./prepare.ts";

/** Each is awaited where it is needed; until then its failure must not end the process as unhandled. */
export interface Equipment {
  readonly gateway: Promise<GatewayHandle>;
  readonly canaries: Promise<CanariesHandle>;
  /** Paths of the seeds that were written. */
  readonly seeds: Promise<readonly string[]>;
  readonly workspace: Promise<void>;
  readonly transcript: Promise<void>;
}

/** What was made before. */
export interface Around {
  readonly mounted: MountedWorkspaceHandle | undefined;
  readonly hosting: Promise<HostedGatewayHandle> | undefined;
}

export function equipBottle(
  life: Life,
  paths: BottlePaths,
  credentials: PreparedCredentials,
  context: AgentContext,
  recipe: AgentRecipe,
  { mounted, hosting }: Around,
): Equipment {
  const gateway = openGateway(life, credentials, paths, hosting);
  const equipment: Equipment = {
    gateway,
    canaries: gateway.then((opened) => openCanaries(life, paths, opened, { context, mounted })),
    seeds: seedHome(life, paths, recipe),
    workspace: fillWorkspace(life, paths),
    transcript: openTranscript(life),
  };
  for (const early of Object.values(equipment) as readonly Promise<unknown>[])
    early.catch(() => undefined);
  return equipment;
}

/** The private copy; that of a bottle which is resumed is there, as the agent left it. */
async function fillWorkspace(life: Life, paths: BottlePaths): Promise<void> {
  const { order, parts, record, timing } = life;
  if (order.resume) return findDirectories(paths);
  if (order.plan.workspace.mode === "mount") return record.write("workspace", { mode: "mount" });
  const owner = parts.backend.owner(order.plan.id);
  const stop = new AbortController();
  const copying = parts.cloneWorkspace({
    source: order.plan.workspace.source,
    target: paths.workspace,
    owner,
    plan: order.plan.workspace,
    recordDir: record.dir,
    home: order.paths.home,
    signal: stop.signal,
  });
  // A bottle that ends before its copy is complete has no use for it, and its supervisor must not live on for it.
  life.undo.add("workspace", async () => {
    stop.abort();
    await copying.catch(() => undefined);
  });
  const facts = await copying;
  timing.mark("workspace");
  await pauseAt(order, "workspace");
  await record.write("workspace", facts);
}

/** The home of a bottle that is resumed is the agent's: what it keeps there it keeps, and a link in it is never followed. */
async function seedHome(
  { order, parts }: Life,
  paths: BottlePaths,
  recipe: AgentRecipe,
): Promise<readonly string[]> {
  if (order.resume) return [];
  const owner = parts.backend.owner(order.plan.id);
  const asRoot = parts.uid === 0;
  await parts.plantForests(paths.home, order.furniture.forests, asRoot ? owner : undefined);
  return writeSeeds(paths.home, recipe.seeds, owner, asRoot);
}

async function openTranscript(life: Life): Promise<void> {
  const transcript = await life.parts.openTranscript(life.order, life.record);
  life.undo.add("transcript", () => transcript.close());
  void transcript.failed.then((error) => life.unwritable.reject(error));
  life.relay.record(transcript);
  await pauseAt(life.order, "transcript");
}

async function openGateway(
  life: Life,
  credentials: PreparedCredentials,
  paths: BottlePaths,
  hosting: Promise<HostedGatewayHandle> | undefined,
): Promise<GatewayHandle> {
  const hosted = await hosting;
  const gateway = await life.parts.openGateway(life.order, credentials, life.record, hosted);
  life.receipt.gateway = gateway;
  void gateway.failed.then((error) => life.unwritable.reject(error));
  life.undo.add("gateway", () => gateway[Symbol.asyncDispose]());
  if (hosted === undefined) {
    await gateway.listen(paths.gatewaySocket);
    // The directory is 0700 and the bottle's: whoever gets this far may connect.
    await chmod(paths.gatewaySocket, 0o666);
  }
  await writeLinkFile(paths, "ca.pem", gateway.caPem);
  await writeLinkFile(
    paths,
    "ca-bundle.pem",
    `${await life.parts.systemRoots()}\n${gateway.caPem}`,
  );
  life.timing.mark("gateway");
  await pauseAt(life.order, "gateway");
  return gateway;
}

/** What is to be found inside. */
interface Inside {
  readonly context: AgentContext;
  readonly mounted: MountedWorkspaceHandle | undefined;
}

async function openCanaries(
  life: Life,
  paths: BottlePaths,
  gateway: GatewayHandle,
  { context, mounted }: Inside,
): Promise<CanariesHandle> {
  const canaries = await life.parts.openCanaries({
    runDir: paths.run,
    allowedAuthority: gateway.allowedAuthority,
    sharedDir:
      life.order.breakBoundary === "neighbour"
        ? { host: paths.link, inside: insideLink }
        : undefined,
    hiddenPaths: {
      home: life.order.paths.home,
      record: life.record.dir,
      control: paths.controlSocket,
    },
    workspace: context.workspace,
    mounts: [...heldTargets(context, mounted), ...mountTargets(life)],
  });
  life.undo.add("canaries", () => canaries[Symbol.asyncDispose]());
  return canaries;
}

function heldTargets(
  { workspace }: AgentContext,
  mounted: MountedWorkspaceHandle | undefined,
): CanaryPlaces["mounts"] {
  return (mounted?.points ?? []).map((point) => ({ ...point, path: `${workspace}/${point.path}` }));
}

/** What was checked is what must be there. */
function mountTargets({ order: { furniture }, parts }: Life): CanaryPlaces["mounts"] {
  // What is carried is a copy, with an identity of its own that only its machine knows.
  if (parts.backend.capabilities.files === "carried") return [];
  return furniture.mounts.map(({ target, identity }) => ({ path: target, mode: "ro", identity }));
}
