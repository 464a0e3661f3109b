/** The search for secrets from outside: over a bottle's processes and files, by the host, never by the bottle. */
import { needlesOf } from "./needles.ts";
import { searchFiles } from "./search-files.ts";
import { searchProcess } from "./search-process.ts";
import { openSearch } from "./search.ts";

export interface SecretSearch {
  /** Host process ids. */
  readonly pids: readonly number[];
  /** Files, and directories with everything below; symbolic links are not followed. */
  readonly paths: readonly string[];
  /** Texts that are in no process yet. */
  readonly texts?: readonly { readonly where: string; readonly text: string }[];
  readonly values: readonly { readonly name: string; readonly value: string }[];
  /** Also read all memory of the processes, which takes seconds. */
  readonly memory: boolean;
}

export interface SecretsFound {
  /** Never the value. */
  readonly found: readonly { readonly name: string; readonly where: string }[];
  /** What could not be read though it is there: whoever needs certainty takes it for a finding. */
  readonly unread: readonly string[];
  readonly searched: {
    readonly processes: number;
    readonly files: number;
    readonly bytes: number;
  };
}

/** Looks for every form of every value everywhere it is told to. */
export async function searchSecrets(order: SecretSearch): Promise<SecretsFound> {
  const search = openSearch(needlesOf(order.values));
  for (const { where, text } of order.texts ?? []) search.text(where, text);
  const processes = await Promise.all(
    order.pids.map((pid) => searchProcess(search, pid, order.memory)),
  );
  const files = await searchFiles(search, order.paths);
  return {
    found: search.found(),
    unread: search.unread(),
    searched: { processes: processes.filter(Boolean).length, files, bytes: search.bytes() },
  };
}
