/** Images with a bottle's programs in them: what each says it is made of, in a label, and by its name, which is that content's hash. */
import { createHash } from "node:crypto";
import type { Engine } from "../engine/engine.ts";

/** What is in it, as JSON. */
export const bakedLabel = "claude-bottle.baked";

/** One program as it was when it was baked. */
export interface BakedProgram {
  /** Where it is inside. */
  readonly target: string;
  readonly hash: string;
  readonly size: number;
  /** Of the machine that baked it (program-hash.ts): there it need not be read again. */
  readonly stamp: string;
}

export interface Baked {
  /** Id of the image that it is made from. */
  readonly base: string;
  /** `claude 2.1.197`, for people and for who clears away. */
  readonly agent: string;
  /** The helper first, as it is the smaller layer below. */
  readonly programs: readonly BakedProgram[];
}

export interface BakedImage extends Baked {
  readonly id: string;
  readonly name: string;
}

const repository = "claude-bottle/baked";
/** Of a name that tells contents apart. */
const hashLength = 16;

/** The same base and programs have the same name, on every machine. */
export function bakedName(
  base: string,
  programs: readonly Pick<BakedProgram, "target" | "hash">[],
) {
  const hash = createHash("sha256").update(base);
  for (const one of programs) hash.update(`\0${one.target}\0${one.hash}`);
  return `${repository}:${hash.digest("hex").slice(0, hashLength)}`;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * All that are there under the name of their content. A label alone says nothing: any image that is pulled or built may have it, but no
 * such name.
 */
export async function bakedImages(engine: Engine): Promise<readonly BakedImage[]> {
  const filters = JSON.stringify({ label: [bakedLabel], reference: [repository] });
  const found = await engine.call("GET", "/images/json", { query: { filters } });
  return (Array.isArray(found) ? (found as readonly Fields[]) : []).flatMap((image) => {
    const labels = (image["Labels"] ?? {}) as Readonly<Record<string, string>>;
    const baked = readBaked(labels[bakedLabel] ?? "");
    if (baked === undefined) return [];
    const name = bakedName(baked.base, baked.programs);
    const names = (image["RepoTags"] ?? []) as readonly unknown[];
    return names.includes(name) ? [{ ...baked, id: String(image["Id"]), name }] : [];
  });
}

/** Undefined for a text that is none of ours. */
export function readBaked(text: string): Baked | undefined {
  try {
    const { base, agent, programs } = JSON.parse(text) as Fields;
    if (typeof base !== "string" || typeof agent !== "string" || !Array.isArray(programs))
      return undefined;
    const read = (programs as readonly Fields[]).map(({ target, hash, size, stamp }) => ({
      ...{ target: String(target), hash: String(hash) },
      ...{ size: Number(size), stamp: String(stamp) },
    }));
    return { base, agent, programs: read };
  } catch {
    return undefined;
  }
}
