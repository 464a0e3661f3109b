/** Who a gateway alone is: the same after a restart, if its owner names a folder for that. */
import { resolve } from "node:path";
import { newPlaceholder } from "../../credentials/compile.ts";
import type { CertificateAuthority, KeptAuthority } from "../../gateway/tls/authority.ts";
import { randomFrom } from "../credentials.ts";
import type { Host } from "../paths.ts";
import { ownFolder } from "./folder.ts";
import { newKept, readKept, writeKept } from "./kept.ts";

export interface Identity {
  /** Of the record. */
  readonly id: string;
  /** Of the placeholders. */
  readonly seed: Buffer;
  /** What the client shows where no credential's placeholder is at hand. */
  readonly ownPlaceholder: string;
  /** For what a restart shall find; null: nothing is kept. */
  readonly folder: string | null;
  readonly authority: KeptAuthority | undefined;
  keep(ca: CertificateAuthority): Promise<void>;
}

/** `state` is what `--state` said. */
export async function openIdentity(host: Host, state: string | undefined): Promise<Identity> {
  const folder = state === undefined ? null : await ownFolder(resolve(host.cwd, state));
  const { id, seed, authority } =
    (folder === null ? undefined : await readKept(folder)) ?? newKept();
  return {
    id,
    seed,
    ownPlaceholder: newPlaceholder("header", randomFrom(seed, "alone client")),
    folder,
    authority,
    keep: async (ca) => {
      if (folder !== null) await writeKept(folder, { id, seed, authority: ca.keep() });
    },
  };
}
