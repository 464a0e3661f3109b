/** The seal of an audit log, kept apart from it: how many lines it has and how the last one ends, so that a cut shows. */
import { writeAtomic } from "./atomic.ts";
import { mac, sameMac } from "./chain.ts";
import type { AuditKeys } from "./chain.ts";
import { readFields, recordVersion } from "./fields.ts";

export interface AuditSeal {
  readonly count: number;
  /** `mac` of the last line, or the chain's origin before the first. */
  readonly head: string;
  /** The log was ended in order. */
  readonly closed: boolean;
}

export async function writeSeal(
  path: string,
  keys: AuditKeys,
  id: string,
  seal: AuditSeal,
): Promise<void> {
  const text = JSON.stringify({
    version: recordVersion,
    id,
    ...seal,
    mac: mac(keys.seal, sealText(id, seal)),
  });
  await writeAtomic(path, `${text}\n`, seal.closed);
}

/** Undefined if there is none; `forged` if it is not what the key's holder wrote. */
export async function readSeal(
  path: string,
  keys: AuditKeys,
  id: string,
): Promise<AuditSeal | "forged" | undefined> {
  const fields = await readFields(path);
  if (fields === undefined) return undefined;
  const { count, head, closed, mac: stated } = fields;
  if (
    fields["id"] !== id ||
    typeof count !== "number" ||
    typeof head !== "string" ||
    typeof closed !== "boolean" ||
    typeof stated !== "string"
  )
    return "forged";
  const seal = { count, head, closed };
  return sameMac(mac(keys.seal, sealText(id, seal)), stated) ? seal : "forged";
}

function sealText(id: string, { count, head, closed }: AuditSeal): string {
  return JSON.stringify([id, count, head, closed]);
}
