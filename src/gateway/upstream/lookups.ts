/**
 * Looks names up a few at a time. Each look-up holds one of the four threads that also write files (libuv, uv_getaddrinfo):
 * names below a wildcard whose server never answers must stop neither the audit log nor the names of others.
 */
import type { ResolvedAddress } from "../address.ts";
import { unreachable } from "./unreachable.ts";

export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

export interface LookupOptions {
  readonly resolve: Resolve;
  /** Milliseconds from the question on. */
  readonly timeoutMs: number;
}

const together = 3;
/** Of one zone. A flood of names fills its own zone alone, and zones come from the manifest. */
const mostWaiting = 32;

interface Waiting {
  readonly host: string;
  start(): void;
  over: boolean;
}

/** Rejects with a Refusal. The same name is asked once at a time, and of one zone one name. */
export function createLookups({ resolve, timeoutMs }: LookupOptions): Resolve {
  const asked = new Map<string, Promise<readonly ResolvedAddress[]>>();
  const zones = new Set<string>();
  let waiting: Waiting[] = [];

  const begin = (): void => {
    waiting = waiting.filter(({ over }) => !over);
    while (zones.size < together) {
      const index = waiting.findIndex(({ host }) => !zones.has(zoneOf(host)));
      const [next] = index < 0 ? [] : waiting.splice(index, 1);
      if (next === undefined) return;
      next.start();
    }
  };

  const ask = (host: string): Promise<readonly ResolvedAddress[]> =>
    new Promise((resolved, rejected) => {
      const timer = setTimeout(() => {
        one.over = true;
        rejected(unreachable("the name did not resolve in time"));
      }, timeoutMs);
      const one: Waiting = {
        host,
        over: false,
        start() {
          const zone = zoneOf(host);
          zones.add(zone);
          // Its thread is taken until this settles, however late.
          resolve(host)
            .then(resolved, () => rejected(unreachable("the name does not resolve")))
            .finally(() => {
              clearTimeout(timer);
              zones.delete(zone);
              begin();
            });
        },
      };
      waiting.push(one);
      begin();
    });

  return (host) => {
    const known = asked.get(host);
    if (known !== undefined) return known;
    const zone = zoneOf(host);
    if ([...asked.keys()].filter((other) => zoneOf(other) === zone).length >= mostWaiting)
      return Promise.reject(unreachable("too many names are being looked up"));
    const answer = ask(host);
    asked.set(host, answer);
    const forget = (): void => {
      asked.delete(host);
    };
    answer.then(forget, forget);
    return answer;
  };
}

/** Whose name servers answer, roughly: the last two labels. */
function zoneOf(host: string): string {
  return host.split(".").slice(-2).join(".");
}
