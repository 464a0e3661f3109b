/** Whom the gateway believes on the way out: the authorities, the strength, the name, and what was revoked. */
import { X509Certificate } from "node:crypto";
import { DEFAULT_CIPHERS, createSecureContext, rootCertificates } from "node:tls";
import type { DetailedPeerCertificate, SecureContext } from "node:tls";
import { isAddressLiteral } from "../authority.ts";
import { createRevocationCheck } from "../tls/revocation.ts";
import type { RevocationCheck } from "../tls/revocation.ts";

export interface Trust {
  /** Made at the first use, since it takes 40 ms. */
  context(): SecureContext;
  /** After the chain was found good, and before a byte of a request: what else is wrong with it. */
  check(host: string, leaf: DetailedPeerCertificate): Error | undefined;
}

/** Node's own roots and `extraCa`; `crl`: PEM lists of revoked certificates, which may change. */
export function createTrust(
  extraCa: readonly string[],
  crl: () => readonly string[],
  now: () => number,
): Trust {
  let context: SecureContext | undefined;
  let revoked: RevocationCheck | undefined;
  let readFrom: readonly string[] | undefined;
  const faultOf = (host: string, leaf: DetailedPeerCertificate): string | undefined => {
    if (!isFor(new X509Certificate(leaf.raw), host)) return "its certificate is for another name";
    const lists = crl();
    if (lists.length === 0) return undefined;
    if (revoked === undefined || readFrom !== lists) {
      revoked = createRevocationCheck({ crl: lists, extraCa, now });
      readFrom = lists;
    }
    return revoked(leaf);
  };

  return {
    context: () =>
      (context ??= createSecureContext({
        ...(extraCa.length === 0 ? {} : { ca: [...rootCertificates, ...extraCa] }),
        minVersion: "TLSv1.2",
        // 112 bits: no RSA or DH below 2048, no MD5, no SHA-1 (SSL_CTX_set_security_level(3)).
        ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=2`,
      })),
    check(host, leaf) {
      try {
        const fault = faultOf(host, leaf);
        return fault === undefined ? undefined : new Error(fault);
      } catch {
        // Thrown from here it would end the process.
        return new Error("its certificate cannot be checked");
      }
    },
  };
}

/** Names in the list of alternatives alone, a star for one whole label (RFC 9525 sections 6.3 and 6.5): Node takes more. */
function isFor(certificate: X509Certificate, host: string): boolean {
  return isAddressLiteral(host)
    ? certificate.checkIP(host) !== undefined
    : certificate.checkHost(host, {
        subject: "never",
        partialWildcards: false,
        multiLabelWildcards: false,
      }) !== undefined;
}
