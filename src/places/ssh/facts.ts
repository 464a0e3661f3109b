/** What the other side says of itself, before anything of a bottle goes there: where its Engine listens, and who we are to it. */
import { BottleError } from "../../errors/error.ts";
import { lastWords } from "./words.ts";

export interface PlaceFacts {
  /** The Engine's socket there. */
  readonly remoteSocket: string;
  /** Its name for who we are. */
  readonly user: string;
  readonly system: string;
  /** What `uname -m` says: x86_64, aarch64. */
  readonly machine: string;
  /** Seconds that its clock is ahead of ours, as far as the way there lets it be told. */
  readonly clockAhead: number;
  /** The docker command is there, for the second way in. */
  readonly hasDocker: boolean;
}

const first = "claude-bottle place 1";
const last = "claude-bottle end";
/** Characters of the answer; a shell's greeting may come before it. */
export const maxAnswer: number = 64 * 1024;

/**
 * POSIX sh, read from standard input: no word of it depends on anything. It stays until its input ends, and the connection with
 * it; that is how the other side lets go when this process is gone.
 */
export const factsScript: string = `
echo
echo '${first}'
echo "user $(id -un 2>/dev/null || id -u)"
echo "system $(uname -s)"
echo "machine $(uname -m)"
echo "clock $(date +%s)"
for state in setting-up failed; do
  [ ! -e "/var/lib/claude-bottle/$state" ] || echo "state $state"
done
echo "host \${DOCKER_HOST-}"
command -v docker >/dev/null 2>&1 && echo 'docker yes'
case \${DOCKER_HOST-} in unix://*) own=\${DOCKER_HOST#unix://} ;; *) own= ;; esac
for socket in "$own" /var/run/docker.sock "\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/docker.sock"; do
  [ -S "$socket" ] || continue
  if [ -r "$socket" ] && [ -w "$socket" ]; then echo "open $socket"; else echo "shut $socket"; fi
done
echo '${last}'
exec cat >/dev/null
`;

/** True once the whole answer is there. */
export function isWhole(answer: string): boolean {
  return answer.includes(`\n${last}\n`);
}

/** `now` in seconds, halfway between question and answer. Throws what the owner must know. */
export function readFacts(place: string, answer: string, now: number): PlaceFacts {
  const lines = answer.slice(answer.indexOf(`\n${first}\n`) + 1).split("\n");
  const all = (name: string): readonly string[] =>
    lines.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  const one = (name: string): string => lastWords(all(name)[0] ?? "").slice(0, 64);
  const host = all("host")[0] ?? "";
  if (host !== "" && !host.startsWith("unix:///")) throw elsewhere(place, host);
  const open = all("open")[0];
  if (open === undefined) throw noEngine(place, one("user"), all("shut")[0], one("state"));
  // What is forwarded is named on a command line, with a colon between.
  if (!/^\/[\w./+@-]{1,100}$/.test(open)) throw elsewhere(place, open);
  const clock = Number(one("clock"));
  return {
    remoteSocket: open,
    user: one("user"),
    system: one("system"),
    machine: one("machine"),
    clockAhead: Number.isSafeInteger(clock) && clock > 0 ? Math.round(clock - now) + 0 : 0,
    hasDocker: one("docker") === "yes",
  };
}

function elsewhere(place: string, host: string): BottleError {
  return new BottleError({
    code: "E_PLACE_DOCKER",
    what: `The Docker daemon of ${place} is at a place that cannot be used.`,
    why: `DOCKER_HOST there is ${JSON.stringify(lastWords(host))}.`,
    next: "Unset it there, or let it name a socket: unix:///var/run/docker.sock.",
  });
}

/** `state`: of a machine that `bottle vm cloud-init` has made. */
function noEngine(
  place: string,
  user: string,
  shut: string | undefined,
  state: string,
): BottleError {
  if (state === "setting-up")
    return new BottleError({
      code: "E_PLACE_DOCKER",
      what: `There is no Docker daemon at ${place} yet.`,
      why: "The machine is being set up.",
      next: "Try again in a minute; `cloud-init status --wait` there says when it is done.",
    });
  if (state === "failed")
    return new BottleError({
      code: "E_PLACE_DOCKER",
      what: `There is no Docker daemon at ${place}.`,
      why: "Setting up the machine failed.",
      next: "Look there: sudo cat /var/log/cloud-init-output.log; or delete the machine and make another.",
    });
  return shut === undefined
    ? new BottleError({
        code: "E_PLACE_DOCKER",
        what: `There is no Docker daemon at ${place}.`,
        why: "Neither /var/run/docker.sock nor one of the user's own is there.",
        next: "Install Docker there and start it; a machine of `bottle vm cloud-init` brings it.",
      })
    : new BottleError({
        code: "E_PLACE_DOCKER_ACCESS",
        what: `You may not use the Docker daemon of ${place}.`,
        why: `The socket ${lastWords(shut)} is closed to the user ${user}.`,
        next: `Run there: sudo usermod -aG docker ${user}; then connect anew.`,
      });
}
