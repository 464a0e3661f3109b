/** An image as the Engine has it: as much of it as a bottle depends on. */
import { BottleError } from "../../../errors/error.ts";
import type { Engine } from "../engine/engine.ts";
import { isStatus } from "../engine/failure.ts";

/** The image brings a Node at /opt/claude-bottle/node that runs the helper. */
export const nodeLabel = "claude-bottle.node";
/** On what `bottle image` made: what it is of. */
export const imageLabel = "claude-bottle.image";
/** That label's text on the default image. */
export const defaultImage = "the default image";

export interface FoundImage {
  /** `sha256:…`: exactly this one, whatever its name means later. */
  readonly id: string;
  /** Names of the variables that it sets. */
  readonly env: readonly string[];
  readonly hasNode: boolean;
  /** Built from images/default: what its programs need is known. */
  readonly isDefault: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** Undefined where there is none of that name. */
export async function findImage(engine: Engine, name: string): Promise<FoundImage | undefined> {
  let found: Fields;
  try {
    found = (await engine.call("GET", `/images/${encodeURIComponent(name)}/json`)) as Fields;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
  const config = (found["Config"] ?? {}) as Fields;
  refuseVolumes(name, config);
  const labels = (config["Labels"] ?? {}) as Fields;
  const env = Array.isArray(config["Env"]) ? (config["Env"] as readonly unknown[]) : [];
  return {
    id: String(found["Id"]),
    env: env.map((pair) => String(pair).split("=")[0] ?? "").filter((one) => one !== ""),
    hasNode: nodeLabel in labels,
    isDefault: labels[imageLabel] === defaultImage,
  };
}

/** The image of a launch, which was there a moment ago. */
export async function readImage(engine: Engine, name: string): Promise<FoundImage> {
  const found = name === "" ? undefined : await findImage(engine, name);
  if (found !== undefined) return found;
  throw new BottleError({
    code: "E_IMAGE_GONE",
    what: "The image of the bottle is not there any more.",
    next: "Start again, which builds it anew, or see `bottle image list`.",
  });
}

/** Each would be a place of its own to write to, beside the workspace and outside of every limit. */
function refuseVolumes(name: string, config: Fields): void {
  const volumes = Object.keys(config["Volumes"] ?? {});
  if (volumes.length === 0) return;
  throw new BottleError({
    code: "E_IMAGE",
    what: `The image ${JSON.stringify(name.slice(0, 200))} declares volumes: ${volumes.slice(0, 5).join(", ").slice(0, 200)}.`,
    why: "A bottle writes to its workspace and its home, and nowhere else.",
    next: "Use an image without VOLUME.",
  });
}
