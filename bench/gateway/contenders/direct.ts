/** Nothing in between: what the others are compared with, and what origin and load can do at most. */
import type { Origin } from "../origin.ts";
import type { Contender } from "../way.ts";

export function direct(origin: Origin): Contender {
  const { port, tlsPort, caPem } = origin;
  return {
    name: "direct",
    pid: undefined,
    plain: { port, host: `127.0.0.1:${port}`, target: (path) => path },
    tls: { at: tlsPort, proxied: false, originPort: tlsPort, ca: caPem },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
