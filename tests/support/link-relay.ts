/** In place of a network between a bottle and its gateway: addresses of the bottle's own loopback that lead to unix sockets. */

/** A place inside, and the host's socket that it leads to. */
export type RelayedPlace = readonly [host: string, port: number, socket: string];

/** `listen`: for each place inside the socket it leads to. Waits for the socket's listener, as for a machine that starts. */
const relay = `
const { createServer, connect } = require("node:net");
for (const [host, port, path] of JSON.parse(process.argv[1])) {
  const join = (inside) => {
    const outside = connect({ path, allowHalfOpen: true });
    for (const [from, to] of [[inside, outside], [outside, inside]]) {
      from.on("error", () => to.destroy());
      from.on("close", () => from.readableEnded || to.destroy());
      from.pipe(to);
    }
  };
  createServer({ allowHalfOpen: true, pauseOnConnect: true }, join).listen({ host, port });
}
`;

/** `argv` beside such a relay: the program takes the shell's place, so that it is who it would be alone. */
export function besideRelay(
  node: string,
  places: readonly RelayedPlace[],
  argv: readonly string[],
): readonly string[] {
  const script = `"$1" -e "$2" -- "$3" 3>&- </dev/null & shift 3; exec "$@"`;
  return ["/bin/sh", "-c", script, "sh", node, relay, JSON.stringify(places), ...argv];
}
