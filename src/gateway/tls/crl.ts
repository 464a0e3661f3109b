/** Reads lists of revoked certificates (RFC 5280 section 5): whole ones, in PEM. */
import { verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { elementAt, elementsOf, notDer, onlyElement } from "./der-reader.ts";
import type { Element } from "./der-reader.ts";
import { distinguishedNameKey } from "./name-key.ts";

export interface RevocationList {
  /** From `distinguishedNameKey`. */
  readonly issuer: string;
  /** Milliseconds since the epoch; infinite where the list does not say when the next one comes. */
  readonly nextUpdate: number;
  /** Serial numbers, in hex as they are encoded. */
  readonly serials: ReadonlySet<string>;
  /** Whether the issuer's key has signed it. */
  signedBy(key: KeyObject): boolean;
}

const sequence = 0x30;
const integer = 0x02;
const bitString = 0x03;
const oidTag = 0x06;
const boolean = 0x01;
const extensionsTag = 0xa0;
const times: ReadonlySet<number> = new Set([0x17, 0x18]);

/** Signature algorithms by the hex of their identifier, with the hash they sign. */
const hashes: ReadonlyMap<string, string | null> = new Map([
  ["2a864886f70d010105", "sha1"],
  ["2a864886f70d01010b", "sha256"],
  ["2a864886f70d01010c", "sha384"],
  ["2a864886f70d01010d", "sha512"],
  ["2a8648ce3d040302", "sha256"],
  ["2a8648ce3d040303", "sha384"],
  ["2a8648ce3d040304", "sha512"],
  ["2b6570", null],
]);

/** Every list of a PEM text, at least one. Throws an `Error` that says what is wrong. */
export function parseRevocationLists(pem: string): readonly RevocationList[] {
  const blocks = [
    ...pem.matchAll(/-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]*)-----END X509 CRL-----/g),
  ];
  if (blocks.length === 0) throw new Error("it holds no list (BEGIN X509 CRL)");
  return blocks.map(([, base64 = ""]) => parseRevocationList(Buffer.from(base64, "base64")));
}

/** One list in DER. */
export function parseRevocationList(der: Buffer): RevocationList {
  const [body, algorithm, signature, more] = elementsOf(onlyElement(der, sequence).content);
  if (body?.tag !== sequence || algorithm?.tag !== sequence || signature?.tag !== bitString)
    throw notDer();
  if (more !== undefined) throw notDer();
  const parts = [...elementsOf(body.content)];
  let next = 0;
  const take = (...tags: readonly number[]): Element | undefined => {
    const part = parts[next];
    if (part === undefined || !tags.includes(part.tag)) return undefined;
    next += 1;
    return part;
  };
  take(integer);
  const inner = take(sequence);
  const issuer = take(sequence);
  const thisUpdate = take(...times);
  const nextUpdate = take(...times);
  const revoked = take(sequence);
  const extensions = take(extensionsTag);
  if (
    inner === undefined ||
    issuer === undefined ||
    thisUpdate === undefined ||
    next < parts.length
  )
    throw notDer();
  if (!inner.whole.equals(algorithm.whole)) throw new Error("it names two signature algorithms");
  timeOf(thisUpdate);
  if (extensions !== undefined) refuseCritical(onlyElement(extensions.content, sequence));
  const hash = hashOf(algorithm);
  const bits = signature.content.subarray(1);
  return {
    issuer: distinguishedNameKey(issuer.whole),
    nextUpdate: nextUpdate === undefined ? Number.POSITIVE_INFINITY : timeOf(nextUpdate),
    serials: serialsOf(revoked),
    signedBy: (key) => verify(hash, body.whole, key, bits),
  };
}

function serialsOf(revoked: Element | undefined): ReadonlySet<string> {
  const serials = new Set<string>();
  if (revoked === undefined) return serials;
  for (const entry of elementsOf(revoked.content)) {
    if (entry.tag !== sequence) throw notDer();
    const serial = elementAt(entry.content, 0);
    const date = elementAt(entry.content, serial.whole.length);
    if (serial.tag !== integer || !times.has(date.tag)) throw notDer();
    const rest = entry.content.subarray(serial.whole.length + date.whole.length);
    if (rest.length > 0) refuseCritical(onlyElement(rest, sequence));
    serials.add(serial.content.toString("hex"));
  }
  return serials;
}

/** What is critical changes what the list means: parts of a list, and lists of several issuers (sections 5.2.4, 5.2.5, 5.3.3). */
function refuseCritical(extensions: Element): void {
  for (const extension of elementsOf(extensions.content)) {
    const flag = [...elementsOf(extension.content)][1];
    if (flag?.tag === boolean && flag.content[0] !== 0)
      throw new Error(
        "it is only a part of a list, or has another extension that must be understood",
      );
  }
}

function hashOf(algorithm: Element): string | null {
  const id = elementAt(algorithm.content, 0);
  const hash = id.tag === oidTag ? hashes.get(id.content.toString("hex")) : undefined;
  if (hash === undefined) throw new Error("its signature algorithm is not known here");
  return hash;
}

/** RFC 5280 section 5.1.2.4: `YYMMDDHHMMSSZ` through 2049, `YYYYMMDDHHMMSSZ` from then on. */
function timeOf({ tag, content }: Element): number {
  const digits = content.toString("latin1");
  const match = /^(\d{2,4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
  const short = tag === 0x17;
  if (match === null || digits.length !== (short ? 13 : 15)) throw notDer();
  const [year = 0, month = 0, ...rest] = match.slice(1).map(Number);
  const full = short ? year + (year < 50 ? 2000 : 1900) : year;
  return Date.UTC(full, month - 1, ...(rest as [number, number, number, number]));
}
