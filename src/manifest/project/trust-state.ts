/** Whether a project's manifest, and every file it refers to, is what the owner said yes to. */
import { join } from "node:path";
import { BottleError } from "../../errors/error.ts";
import { maxManifest, maxReferred, readInside, sha256 } from "./pin.ts";
import { readTrust } from "./store.ts";
import type { Pin } from "./store.ts";

export type TrustState =
  | { readonly trusted: true; readonly bytes: Buffer; readonly refers: readonly Pin[] }
  | { readonly trusted: false; readonly why: string };

/** The bytes that were hashed are the bytes to parse: nothing is read twice. */
export async function trustState(
  stateHome: string | undefined,
  root: string,
  name: string,
): Promise<TrustState> {
  const no = (why: string): TrustState => ({ trusted: false, why });
  try {
    const trust =
      stateHome === undefined ? undefined : await readTrust(stateHome, join(root, name));
    if (trust === undefined) return no("You have not trusted it.");
    const bytes = await readInside(root, name, maxManifest);
    if (sha256(bytes) !== trust.sha256) return no("It changed since you trusted it.");
    for (const { path, sha256: pinned } of trust.refers) {
      const found = await readInside(root, path, maxReferred).catch(() => undefined);
      if (found === undefined || sha256(found) !== pinned)
        return no(`${path}, which it refers to, changed since you trusted it.`);
    }
    return { trusted: true, bytes, refers: trust.refers };
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    return no(`${error.message} ${error.why ?? ""}`.trim());
  }
}
