/** Object ids: what they look like, and how they are made (gitformat-pack(5), git-hash-object(1)). */
import { createHash } from "node:crypto";

export type ObjectFormat = "sha1" | "sha256";
export type ObjectType = "commit" | "tree" | "blob" | "tag";

/** Bytes of an id. */
export const idSize: Readonly<Record<ObjectFormat, number>> = { sha1: 20, sha256: 32 };

/** The format whose ids are so long, in hex digits. */
export function formatOf(id: string): ObjectFormat | undefined {
  if (!/^[0-9a-f]+$/.test(id)) return undefined;
  return id.length === 40 ? "sha1" : id.length === 64 ? "sha256" : undefined;
}

/** No object: the old value of a ref that is created, the new one of a ref that is deleted. */
export function isZero(id: string): boolean {
  return /^0+$/.test(id);
}

export function objectId(format: ObjectFormat, type: ObjectType, data: Buffer): string {
  return createHash(format).update(`${type} ${data.length}\0`, "latin1").update(data).digest("hex");
}
