/** The pinned packages of agents that the manifest names: in the cache, as they were installed, or still to be downloaded. */
import { join } from "node:path";
import { codexRelease } from "../../agents/codex/release.ts";
import { geminiRelease } from "../../agents/gemini/release.ts";
import type { PackageRelease } from "../../agents/package-install.ts";
import { lookForPackage } from "../../agents/package-look.ts";
import { BottleError } from "../../errors/error.ts";
import type { Check } from "../../lifecycle/backend.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import { hostPaths } from "../paths.ts";
import type { DoctorHost } from "./host.ts";

interface Packaged {
  readonly name: string;
  readonly release: (host: DoctorHost) => PackageRelease;
}

const packaged: readonly Packaged[] = [
  {
    name: "codex",
    release: ({ platform, arch }) => codexRelease({ platform: platform as NodeJS.Platform, arch }),
  },
  { name: "gemini", release: () => geminiRelease },
];

/** Costs a stat for each file; hashes are looked at by a start, and only where the stamp beside them does not hold. */
export function packages(
  host: DoctorHost,
  manifest: Manifest | undefined,
): Promise<readonly Check[]> {
  const used = new Set<string>(
    [...(manifest?.agents.values() ?? [])].map(({ provider }) => provider),
  );
  return Promise.all(packaged.filter(({ name }) => used.has(name)).map((one) => look(host, one)));
}

async function look(host: DoctorHost, { name, release }: Packaged): Promise<Check> {
  try {
    const pinned = release(host);
    const { version, size } = pinned;
    const folder = join(hostPaths(host).cacheDir, "agents", name);
    const state = await lookForPackage(pinned, folder);
    if (state === "ready")
      return { name, state: "good", detail: `${version}, in the cache as it was installed` };
    if (state === "touched")
      return { name, state: "open", detail: `${version}; the next start checks its hashes anew` };
    const detail = `${version} is not in the cache yet: the first start of such an agent downloads ${size}`;
    return { name, state: "open", detail };
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    const detail = error.why ?? error.message;
    return { name, state: "open", detail, ...(error.next !== undefined && { remedy: error.next }) };
  }
}
