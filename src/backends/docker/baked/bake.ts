/** Bakes an image: the bottle's, and its programs where they would be mounted, a layer for each. No step of it runs anything. */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { packTree } from "../../../carry/pack.ts";
import { padding } from "../../../carry/tar/format.ts";
import { writeHead } from "../../../carry/tar/write-head.ts";
import { BottleError } from "../../../errors/error.ts";
import type { Mount } from "../../../lifecycle/backend.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineFailure } from "../engine/failure.ts";
import { parseLine } from "../image/build.ts";
import { imageLabel } from "../image/image.ts";
import { lookAtProgram, packing, programHash } from "../program-hash.ts";
import { bakedImages, bakedLabel, bakedName } from "./baked.ts";
import type { Baked, BakedImage, BakedProgram } from "./baked.ts";
import { holds } from "./find.ts";

export interface Baking {
  /** Id of the image that it is made from. */
  readonly base: string;
  /** `claude 2.1.197` */
  readonly agent: string;
  /** Helper first, agent last: a new version of the last sends and stores one layer. */
  readonly programs: readonly Mount[];
}

/** The image, there or baked now. */
export async function bakeImage(
  engine: Engine,
  { base, agent, programs }: Baking,
  progress: (line: string) => void,
): Promise<BakedImage> {
  const there = async (name?: string): Promise<BakedImage | undefined> => {
    for (const image of await bakedImages(engine))
      if (image.base === base && (name === image.name || (await holds(image, programs))))
        return image;
    return undefined;
  };
  const found = await there();
  if (found !== undefined) return found;
  const read: BakedProgram[] = [];
  for (const { source, target } of programs) {
    // The look from before the hash: what changes meanwhile is read once more by whoever looks for it.
    const look = lookAtProgram(source);
    if (look === undefined) throw failed(agent, `${source} cannot be read.`);
    read.push({ target, hash: await programHash(source), ...look });
  }
  const name = bakedName(base, read);
  progress(`baking ${agent} …`);
  await build(engine, name, { base, agent, programs: read }, programs);
  const made = await there(name);
  if (made !== undefined) return made;
  throw failed(agent, "It made no image.");
}

async function build(
  engine: Engine,
  name: string,
  baked: Baked,
  programs: readonly Mount[],
): Promise<void> {
  const query = {
    t: name,
    labels: JSON.stringify({
      [imageLabel]: `${baked.agent} and its helper, baked`,
      [bakedLabel]: JSON.stringify(baked),
    }),
    networkmode: "none",
    forcerm: "1",
    version: "1",
  };
  let failure: string | undefined;
  try {
    const tar = Readable.from(contextOf(baked.base, programs), { objectMode: false });
    const answer = await engine.stream("POST", "/build", { query, tar });
    for await (const line of createInterface({ input: answer })) failure ??= parseLine(line).error;
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error;
    failure = error.message;
  }
  if (failure !== undefined) throw failed(baked.agent, failure);
}

/** Each layer is a folder that is copied onto the root, so that its folders have their mode and time from here as well. */
async function* contextOf(base: string, programs: readonly Mount[]): AsyncGenerator<Buffer> {
  const steps = [`FROM ${base}`, ...programs.map((_one, index) => `COPY ${index} /`), ""];
  const text = Buffer.from(steps.join("\n"));
  yield head("file", "Dockerfile", text.length);
  yield Buffer.concat([text, Buffer.alloc(padding(text.length))]);
  for (const [index, { target }] of programs.entries()) {
    const parts = target.split("/").slice(1, -1);
    for (let depth = 0; depth <= parts.length; depth += 1)
      yield head("folder", [index, ...parts.slice(0, depth)].join("/"), 0);
  }
  const packed = programs.map(({ source, target }, index) => ({
    name: `${index}${target}`,
    source,
  }));
  yield* packTree(packed, packing);
}

function head(kind: "file" | "folder", path: string, size: number): Buffer {
  const mode = kind === "file" ? 0o444 : 0o755;
  return writeHead({ kind, path, size, mode, to: "", modified: 0, uid: 0, gid: 0 });
}

function failed(agent: string, why: string): BottleError {
  return new BottleError({
    code: "E_IMAGE_BUILD",
    what: `The baking of ${agent} failed.`,
    why,
    next: "Try again; a start does without it.",
  });
}
