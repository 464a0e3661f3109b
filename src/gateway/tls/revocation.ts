/**
 * Looks for an upstream's certificates on the owner's revocation lists. OpenSSL's own check wants a list of every issuer
 * there is, once there is one of any; this one asks of each issuer that has a list, and leaves the others alone.
 */
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import type { DetailedPeerCertificate } from "node:tls";
import { parseRevocationLists } from "./crl.ts";
import type { RevocationList } from "./crl.ts";
import { elementsOf, notDer, onlyElement } from "./der-reader.ts";
import { distinguishedNameKey } from "./name-key.ts";

/** Says why a chain is not good, or nothing. */
export type RevocationCheck = (leaf: DetailedPeerCertificate) => string | undefined;

export interface RevocationOptions {
  /** PEM texts of lists; each was parsed before, or this throws. */
  readonly crl: readonly string[];
  readonly extraCa: readonly string[];
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Longer chains are not followed. */
const longest = 10;

/**
 * The chain that is looked at must be a good one by itself, up to an authority that is trusted: of several certificates for
 * one key the server must not choose which one is looked for.
 */
export function createRevocationCheck(options: RevocationOptions): RevocationCheck {
  const lists = new Map<string, RevocationList[]>();
  for (const list of options.crl.flatMap(parseRevocationLists))
    lists.set(list.issuer, [...(lists.get(list.issuer) ?? []), list]);
  const anchors = new Set(
    [...rootCertificates, ...options.extraCa]
      .flatMap(
        (pem) => pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [],
      )
      .map((pem) =>
        Buffer.from(pem.replace(/-----[A-Z ]+-----/g, ""), "base64").toString("latin1"),
      ),
  );

  const faultOf = (certificate: X509Certificate, issuer: X509Certificate): string | undefined => {
    const time = options.now();
    if (time < Date.parse(certificate.validFrom) || time > Date.parse(certificate.validTo))
      return "a certificate of its chain is not valid now";
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
      return "its chain of certificates does not hold";
    const { serial, issuerKey } = identityOf(certificate.raw);
    const own = lists.get(issuerKey) ?? [];
    const signed = own.filter((list) => list.signedBy(issuer.publicKey));
    if (own.length > 0 && signed.length === 0)
      return "the revocation list of its issuer is not signed by that issuer";
    if (signed.some(({ serials }) => serials.has(serial))) return "its certificate is revoked";
    // One that is still good suffices; an old one tells of what was revoked before.
    if (signed.length > 0 && signed.every(({ nextUpdate }) => time > nextUpdate))
      return "the revocation list of its issuer is out of date";
    return undefined;
  };

  return (leaf) => {
    try {
      let peer = leaf;
      for (let depth = 0; depth < longest; depth += 1) {
        if (anchors.has(peer.raw.toString("latin1"))) return undefined;
        const above = peer.issuerCertificate;
        if (above === undefined || above === peer) break;
        const fault = faultOf(new X509Certificate(peer.raw), new X509Certificate(above.raw));
        if (fault !== undefined) return fault;
        peer = above;
      }
      return "its chain of certificates does not end at a trusted one";
    } catch {
      return "its certificate cannot be read";
    }
  };
}

/** Serial number and issuer's name of a certificate (RFC 5280 section 4.1). */
function identityOf(der: Buffer): { readonly serial: string; readonly issuerKey: string } {
  const [body] = elementsOf(onlyElement(der, 0x30).content);
  if (body === undefined) throw notDer();
  const parts = [...elementsOf(body.content)];
  // The version, [0], is absent in the oldest form.
  const first = parts[0]?.tag === 0xa0 ? 1 : 0;
  const serial = parts[first];
  const issuer = parts[first + 2];
  if (serial?.tag !== 0x02 || issuer === undefined) throw notDer();
  return {
    serial: serial.content.toString("hex"),
    issuerKey: distinguishedNameKey(issuer.whole),
  };
}
