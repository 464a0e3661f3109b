/** The images that this program has built, on one Engine: what is there, and what can go. */
import { bakedLabel, readBaked } from "../baked/baked.ts";
import type { Baked } from "../baked/baked.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineFailure } from "../engine/failure.ts";
import { imageLabel } from "./image.ts";

export interface StoredImage {
  readonly id: string;
  /** `claude-bottle/default:…`; empty for one that lost its name to a newer build. */
  readonly name: string;
  /** What it was built from. */
  readonly what: string;
  readonly bytes: number;
  /** Seconds since the epoch. */
  readonly created: number;
  /** What is in it, where it has a bottle's programs. */
  readonly baked: Baked | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

export async function storedImages(engine: Engine): Promise<readonly StoredImage[]> {
  const filters = JSON.stringify({ label: [imageLabel] });
  const found = await engine.call("GET", "/images/json", { query: { filters } });
  return (Array.isArray(found) ? (found as readonly Fields[]) : []).map((image) => {
    const [name = ""] = (image["RepoTags"] ?? []) as readonly string[];
    const labels = (image["Labels"] ?? {}) as Readonly<Record<string, string>>;
    return {
      id: String(image["Id"]),
      name: name === "<none>:<none>" ? "" : name,
      what: labels[imageLabel] ?? "",
      bytes: Number(image["Size"] ?? 0),
      created: Number(image["Created"] ?? 0),
      baked: readBaked(labels[bakedLabel] ?? ""),
    };
  });
}

/** Undefined if it is gone, else why it stays: a bottle is made of it, mostly. */
export async function removeImage(engine: Engine, id: string): Promise<string | undefined> {
  try {
    await engine.call("DELETE", `/images/${encodeURIComponent(id)}`);
    return undefined;
  } catch (error) {
    if (error instanceof EngineFailure && error.status === 404) return undefined;
    if (error instanceof EngineFailure && error.status !== 0) return error.message;
    throw error;
  }
}
