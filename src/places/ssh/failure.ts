/** Why ssh did not get there, from its own words (OpenSSH 8.4 to 10: sshconnect.c, sshconnect2.c, ssh.c), as errors for the owner. */
import type { ErrorCode } from "../../errors/catalogue.ts";
import { BottleError } from "../../errors/error.ts";
import { lastWords } from "./words.ts";

interface Kind {
  readonly words: RegExp;
  readonly code: ErrorCode;
  /** After the place's name. */
  readonly what: string;
  readonly next: (place: string) => string;
  /** Trying again may help: the network, or an agent that is locked. */
  readonly passes: boolean;
}

const kinds: readonly Kind[] = [
  {
    words: /HOST IDENTIFICATION HAS CHANGED|host key .*has changed/i,
    code: "E_PLACE_HOST_KEY_CHANGED",
    what: "shows another host key than the one that is known",
    next: (place) =>
      `If the machine was made anew, take its old key away with \`ssh-keygen -R\` and check the new one; else somebody else answers for ${place}.`,
    passes: false,
  },
  {
    words: /revoked host key|host key .*is revoked/i,
    code: "E_PLACE_HOST_KEY_CHANGED",
    what: "shows a host key that was revoked",
    next: () => "Do not use this machine before you know why.",
    passes: false,
  },
  {
    words: /host key is known for|Host key verification failed|no matching host key/i,
    code: "E_PLACE_HOST_KEY",
    what: "has a host key that is not known here",
    next: (place) =>
      `Compare its fingerprint with what the machine's console shows, then connect once with: ssh ${place}`,
    passes: false,
  },
  {
    words: /Permission denied|Too many authentication failures|no mutual signature/i,
    code: "E_PLACE_AUTH",
    what: "does not let you in",
    next: (place) =>
      `Try \`ssh -o BatchMode=yes ${place} true\`; a key with a passphrase must be in your agent.`,
    passes: true,
  },
  {
    words: /Bad configuration option|terminating, \d+ bad|Bad owner or permissions on/i,
    code: "E_PLACE_SSH",
    what: "cannot be called: ssh refuses its configuration",
    next: (place) => `Try \`ssh ${place} true\`, and mend what it names.`,
    passes: false,
  },
];

const unreachable: Kind = {
  words: /^/,
  code: "E_PLACE_UNREACHABLE",
  what: "cannot be reached",
  next: (place) =>
    `Try \`ssh ${place} true\`; look whether the machine runs, and whether its firewall lets you in.`,
  passes: true,
};

export interface SshFailure {
  readonly error: BottleError;
  readonly passes: boolean;
}

/** `place` is the manifest's text; `said` all that ssh wrote. */
export function sshFailure(place: string, said: string): SshFailure {
  const kind = kinds.find(({ words }) => words.test(said)) ?? unreachable;
  const words = lastWords(said);
  const error = new BottleError({
    code: kind.code,
    what: `The place ${place} ${kind.what}.`,
    why: words === "" ? "ssh ended without a word." : `ssh says: ${words}`,
    next: kind.next(place),
  });
  return { error, passes: kind.passes };
}

/** ssh itself is not there. */
export function noSsh(place: string, cause: unknown): SshFailure {
  const error = new BottleError({
    code: "E_PLACE_SSH",
    what: `The place ${place} needs ssh, and it cannot be started.`,
    why: lastWords(cause instanceof Error ? cause.message : String(cause)),
    next: "Install OpenSSH's client (Debian: openssh-client).",
    cause,
  });
  return { error, passes: false };
}
