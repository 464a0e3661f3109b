/** A place as the manifest writes it, `ssh://user@host:port`, in parts that can stand on a command line. */

export interface SshAddress {
  /** Undefined: the owner's ssh configuration says who. */
  readonly user: string | undefined;
  /** A name, an alias of the owner's ssh configuration, or an IP address without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

/** Of a name in DNS; an alias has no need for more. */
const maxHost = 253;

/**
 * Undefined for everything else: no password, no path, nothing that ssh could take for an option (CVE-2017-1000117) or that its
 * `%h` and `%r` would hand to a shell as more than a word (CVE-2023-51385).
 */
export function parseSshAddress(text: string): SshAddress | undefined {
  const parts =
    /^ssh:\/\/(?:([A-Za-z0-9_][A-Za-z0-9._-]{0,63})@)?(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9_][A-Za-z0-9._-]*))(?::([1-9][0-9]{0,4}))?$/.exec(
      text,
    );
  if (parts === null) return undefined;
  const [, user, six, name, port] = parts;
  const host = six ?? name ?? "";
  if (host.length > maxHost || Number(port ?? 1) > 65_535) return undefined;
  return { user, host, port: port === undefined ? undefined : Number(port) };
}
