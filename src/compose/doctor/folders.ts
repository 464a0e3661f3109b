/** The folders of ours: yours alone where secrets or sockets are near, and writable. */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "../../lifecycle/backend.ts";
import { recordsDir } from "../../record/paths.ts";
import { hostPaths } from "../paths.ts";
import { may } from "./host.ts";
import type { DoctorHost } from "./host.ts";
import { nearest } from "./place.ts";
import { ownRemedy, shellWord } from "./words.ts";

const name = "folder";

export async function folders(host: DoctorHost): Promise<readonly Check[]> {
  const { stateHome, runHome, cacheDir } = hostPaths(host);
  return Promise.all([
    folder(host, recordsDir(stateHome), 0o077),
    folder(host, join(stateHome, "claude-bottle-keys"), 0o077),
    folder(host, runHome, 0o077),
    // What is in the cache is checked by its hash; who else reads it does not matter.
    folder(host, cacheDir, 0o022),
  ]);
}

/** `forbidden`: bits of the mode that others may not have. */
async function folder(host: DoctorHost, path: string, forbidden: number): Promise<Check> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return toBeMade(path);
  const word = shellWord(path);
  if (!found.isDirectory())
    return {
      name,
      state: "bad",
      detail: `${path} is not a folder${found.isSymbolicLink() ? " but a link" : ""}`,
      remedy: `Look at it, then run: rm ${word}`,
    };
  if (found.uid !== host.uid)
    return {
      name,
      state: "bad",
      detail: `${path} belongs to the user ${found.uid}, not to you`,
      remedy: ownRemedy(`chown -R ${host.uid} ${word}`, false, host.uid),
    };
  if ((found.mode & forbidden) !== 0)
    return {
      name,
      state: "bad",
      detail: `${path} is open to others (mode ${(found.mode & 0o777).toString(8)})`,
      remedy: `Run: chmod ${forbidden === 0o077 ? "700" : "go-w"} ${word}`,
    };
  return (await may(path, "W_OK"))
    ? { name, state: "good", detail: path }
    : {
        name,
        state: "bad",
        detail: `${path} cannot be written`,
        remedy: `Run: chmod u+rwx ${word}`,
      };
}

async function toBeMade(path: string): Promise<Check> {
  const above = await nearest(path);
  return (await may(above.path, "W_OK"))
    ? { name, state: "good", detail: `${path}, made when it is first needed` }
    : {
        name,
        state: "bad",
        detail: `${path} is not there, and ${above.path} cannot be written`,
        remedy: "Set XDG_STATE_HOME, XDG_CACHE_HOME and XDG_RUNTIME_DIR to folders of yours.",
      };
}
