/** Where a credential's service is: the parts of a base URL that the manifest checked. */
import type { Authority } from "../gateway/config.ts";

export interface ServiceUrl {
  readonly authority: Authority;
  /** Empty, or `/prefix`. */
  readonly basePath: string;
}

/** Of a URL in the form of baseUrlFormat (src/manifest/formats/base-url.ts). */
export function serviceUrl(text: string): ServiceUrl {
  const url = new URL(text);
  const scheme = url.protocol === "https:" ? "https" : "http";
  return {
    authority: {
      scheme,
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port),
    },
    basePath: url.pathname.replace(/\/+$/, ""),
  };
}
