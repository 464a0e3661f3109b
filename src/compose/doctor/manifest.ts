/** The manifest: what it holds, or every fault of it with its place. */
import { BottleError, BottleErrors } from "../../errors/error.ts";
import type { Check } from "../../lifecycle/backend.ts";
import { loadManifest } from "../../manifest/load.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import { manifestPlaces } from "../paths.ts";
import type { DoctorHost } from "./host.ts";
import { count } from "./words.ts";

const name = "manifest";
/** More faults than this are counted. */
const mostFaults = 20;

export interface LoadedManifest {
  /** Undefined where there is none, or none that can be used. */
  readonly manifest: Manifest | undefined;
  readonly checks: readonly Check[];
}

/** Reads the file and what it extends; runs nothing, asks nobody. */
export async function manifest(
  host: DoctorHost,
  file: string | undefined,
): Promise<LoadedManifest> {
  try {
    const loaded = await loadManifest(manifestPlaces(host, file, host.cwd));
    const { bottles, agents } = loaded;
    const holds = `${count(bottles.size, "bottle")}, ${count(agents.size, "agent")}`;
    const good: Check = { name, state: "good", detail: `${loaded.file}: ${holds}` };
    const hints = loaded.hints.map((hint): Check => ({ name, state: "open", detail: hint }));
    return { manifest: loaded, checks: [good, ...hints] };
  } catch (error) {
    if (!(error instanceof BottleError || error instanceof BottleErrors)) throw error;
    return { manifest: undefined, checks: faults(error) };
  }
}

function faults(error: BottleError | BottleErrors): readonly Check[] {
  const all = error instanceof BottleErrors ? error.errors : [error];
  const shown = all.slice(0, mostFaults).map((one): Check => {
    const { file, line, column } = one.place ?? {};
    const where = [file, line, column].filter((part) => part !== undefined).join(":");
    const why = one.why === undefined ? "" : ` ${one.why}`;
    return {
      name,
      // Without one there is nothing wrong yet.
      state: one.code === "E_MANIFEST_MISSING" ? "open" : "bad",
      detail: `${where === "" ? "" : `${where}: `}${one.code}: ${one.message}${why}`,
      ...(one.next !== undefined && { remedy: one.next }),
    };
  });
  const more = all.length - shown.length;
  return more > 0
    ? [...shown, { name, state: "bad", detail: `and ${count(more, "fault")} more` }]
    : shown;
}
