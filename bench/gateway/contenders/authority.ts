/** A certificate authority in files, as squid and mitmproxy want one to read TLS with. */
import { generateKeyPairSync } from "node:crypto";
import { authorityCertificate } from "../../../src/gateway/tls/certificate.ts";

const day = 86_400_000;

export function interceptAuthority(now: Date): { readonly cert: string; readonly key: string } {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const cert = authorityCertificate(
    { name: "bench proxy CA", ...keys },
    // Every name (RFC 5280 section 4.2.1.10): what these proxies put into their leaves is their own affair.
    [""],
    { from: new Date(now.getTime() - day), to: new Date(now.getTime() + day) },
  );
  return { cert, key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}
