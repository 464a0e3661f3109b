/** Names that mean this machine and that nobody can make mean another: what may stand before a port of the bottle. */

/**
 * A host with or without a port. Names below localhost never leave the machine (RFC 6761 section 6.3); `0.0.0.0` and the
 * machine's own name are left out, since a request to them does not carry what is judged here.
 */
export function isLoopback(authority: string): boolean {
  const [, host = ""] = /^(\[[^\]]*\]|[^:[\]]+)(?::\d{1,5})?$/.exec(authority) ?? [];
  return isLoopbackName(host.toLowerCase());
}

/** The same for what stands in `Origin` and `Referer`. */
export function isLoopbackUrl(url: string): boolean {
  const [, authority = ""] = /^https?:\/\/([^/?#]*)/i.exec(url) ?? [];
  return isLoopback(authority);
}

export function isLoopbackName(host: string): boolean {
  return (
    host === "[::1]" ||
    /^127(?:\.\d{1,3}){3}$/.test(host) ||
    /^(?:[a-z0-9_-]+\.)*localhost$/.test(host)
  );
}
