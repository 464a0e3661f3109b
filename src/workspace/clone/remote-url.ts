/** A remote's address without what logs in: the gateway holds credentials, and the copy none. */

export interface ScrubbedUrl {
  /** Undefined if the address is of no form that is known to be harmless. */
  readonly url: string | undefined;
  /** What was left out, if anything. */
  readonly lost: "userinfo" | "query" | "unknown form" | undefined;
}

/** The forms of git-fetch(1), "GIT URLS"; `ext::` and other helpers, which run programs, are none of them. */
export function scrubUrl(address: string): ScrubbedUrl {
  const found =
    /^(https?|ftps?|ssh|git|git\+ssh|ssh\+git|file):\/\/([^/?#\\]*)([^?#\\]*)([?#].*)?$/is.exec(
      address,
    );
  if (found !== null) return ofParts(found);
  // [user@]host:path, and a path. Whatever else has an @ or a :: in it may hold a password, or name a program.
  if (/^(?:[\w.-]+@)?(?:[\w.-]+|\[[0-9a-f:]+\]):(?!:)[^@]*$/i.test(address)) return kept(address);
  if (/^[^:@]*$/.test(address)) return kept(address);
  return { url: undefined, lost: "unknown form" };
}

function ofParts(found: RegExpExecArray): ScrubbedUrl {
  const [, scheme = "", authority = "", path = "", query] = found;
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  const user = authority.slice(0, Math.max(at, 0));
  // A name is needed to log in by ssh, and is no secret there; elsewhere it often is a token.
  const name = /ssh/i.test(scheme) ? user.replace(/:.*$/s, "") : "";
  const url = `${scheme}://${name === "" ? "" : `${name}@`}${host}${path}`;
  if (user !== name) return { url, lost: "userinfo" };
  return { url, lost: query === undefined ? undefined : "query" };
}

function kept(url: string): ScrubbedUrl {
  return { url, lost: undefined };
}
