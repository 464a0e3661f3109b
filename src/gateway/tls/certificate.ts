/** Makes X.509 version 3 certificates (RFC 5280) with P-256 keys: the bottle's authority and its leaves. */
import { createHash, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import {
  bits,
  explicit,
  implicit,
  integer,
  namedBits,
  octets,
  oid,
  sequence,
  set,
  time,
  utf8,
  yes,
} from "./der.ts";

const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));
const commonName = oid("2.5.4.3");
const subjectKeyId = oid("2.5.29.14");
const keyUsage = oid("2.5.29.15");
const subjectAltName = oid("2.5.29.17");
const basicConstraints = oid("2.5.29.19");
const nameConstraints = oid("2.5.29.30");
const authorityKeyId = oid("2.5.29.35");
const extendedKeyUsage = oid("2.5.29.37");
const serverAuth = oid("1.3.6.1.5.5.7.3.1");

export interface Validity {
  readonly from: Date;
  readonly to: Date;
}

/** A key and the name it signs under. */
export interface Issuer {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A certificate authority that signs itself, for leaves below `permitted` DNS names only. */
export function authorityCertificate(
  self: Issuer,
  permitted: readonly string[],
  validity: Validity,
): string {
  const subtrees = permitted.map((name) => sequence(implicit(2, Buffer.from(name, "latin1"))));
  return certificate(self, self.name, self.publicKey, validity, [
    extension(basicConstraints, sequence(yes, integer(Buffer.from([0]))), "critical"),
    extension(keyUsage, namedBits(5), "critical"),
    extension(nameConstraints, sequence(explicit(0, ...subtrees)), "critical"),
  ]);
}

/** A server certificate for exactly one DNS name. */
export function leafCertificate(
  issuer: Issuer,
  host: string,
  publicKey: KeyObject,
  validity: Validity,
): string {
  return certificate(issuer, "claude-bottle leaf", publicKey, validity, [
    extension(keyUsage, namedBits(0), "critical"),
    extension(extendedKeyUsage, sequence(serverAuth)),
    extension(subjectAltName, sequence(implicit(2, Buffer.from(host, "latin1")))),
  ]);
}

function certificate(
  issuer: Issuer,
  subject: string,
  publicKey: KeyObject,
  validity: Validity,
  extensions: readonly Buffer[],
): string {
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    ecdsaWithSha256,
    distinguishedName(issuer.name),
    sequence(time(validity.from), time(validity.to)),
    distinguishedName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    explicit(
      3,
      sequence(
        ...extensions,
        extension(subjectKeyId, octets(keyId(publicKey))),
        extension(authorityKeyId, sequence(implicit(0, keyId(issuer.publicKey)))),
      ),
    ),
  );
  return pem(sequence(body, ecdsaWithSha256, bits(sign("sha256", body, issuer.privateKey))));
}

/** RFC 5280 section 4.1.2.2: positive, at most 20 bytes; the top bits make it so whatever the rest is. */
function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}

/** RFC 7093 section 2, method 1: the first 160 bits of the hash of the public key's bits, the last 65 bytes for P-256. */
function keyId(publicKey: KeyObject): Buffer {
  const point = publicKey.export({ type: "spki", format: "der" }).subarray(-65);
  return createHash("sha256").update(point).digest().subarray(0, 20);
}

function distinguishedName(name: string): Buffer {
  return sequence(set(sequence(commonName, utf8(name))));
}

function extension(id: Buffer, value: Buffer, critical?: "critical"): Buffer {
  return critical === undefined ? sequence(id, octets(value)) : sequence(id, yes, octets(value));
}

/** RFC 7468. */
function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
