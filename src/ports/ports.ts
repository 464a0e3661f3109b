/**
 * The ports of a bottle: listeners on 127.0.0.1 of this machine, for as long as the agent runs. They are a way in for
 * programs here, and no way out: all that leaves goes to a program that connected itself.
 */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { BottleError } from "../errors/error.ts";
import type { Joint } from "../helper/joint.ts";
import { reset } from "../helper/joint.ts";
import type { HelperMessage, HelperRequest } from "../helper/protocol.ts";
import type { PortSpec } from "../manifest/manifest.ts";
import { admitCaller } from "./caller.ts";
import type { ExpectedLink, WayBack } from "./way-back.ts";

/** Connections at once, to all ports of a bottle. */
export const maxCallers = 256;
/** Bytes of requests, commands' input among them, that a helper may leave lying; one that takes none gets no callers. */
const maxQueued = 4 * 1024 * 1024;

/** Who brings connections from inside. */
export interface PortsHelper {
  send(request: HelperRequest): void;
  readonly queued: number;
  onMessage(listener: (message: HelperMessage) => void): void;
}

export interface Ports extends Disposable {
  /** Where they are: a port that was left open has a number now. */
  readonly specs: readonly PortSpec[];
  /** From now on callers are let in; before they are turned away. Whoever calls has no more use for `back`. */
  serve(helper: PortsHelper, back: WayBack): void;
}

interface Caller {
  readonly socket: Socket;
  expected: ExpectedLink | undefined;
  joint: Joint | undefined;
}

/** Takes the ports of the bottle `id`; throws where one cannot be had, and then has none. */
export async function openPorts(wanted: readonly PortSpec[], id: string): Promise<Ports> {
  const servers: Server[] = [];
  const specs: PortSpec[] = [];
  const callers = new Map<number, Caller>();
  let serving: { readonly helper: PortsHelper; readonly back: WayBack } | undefined;
  let last = 0;

  const call = (socket: Socket, spec: PortSpec): void => {
    socket.on("error", () => undefined);
    if (serving === undefined || callers.size >= maxCallers || serving.helper.queued > maxQueued)
      return reset(socket);
    const { helper, back } = serving;
    last += 1;
    const forward = last;
    const broke = (after: number): void => helper.send({ type: "forward-break", forward, after });
    const caller: Caller = { socket, joint: undefined, expected: undefined };
    callers.set(forward, caller);
    const closed = (): void => void callers.delete(forward);
    caller.expected = back.expect((link) => {
      caller.expected = undefined;
      if (link === undefined) {
        closed();
        reset(socket);
        broke(0);
        return;
      }
      const place = { id, hostPort: spec.host };
      caller.joint = admitCaller(socket, link, place, { broke, closed });
    });
    helper.send({ type: "forward", forward, port: spec.inside, key: caller.expected.key });
  };

  const hear = (message: HelperMessage): void => {
    if (message.type !== "forward-break") return;
    const caller = callers.get(message.forward);
    if (caller?.joint !== undefined) return caller.joint.breakAfter(message.after);
    if (caller === undefined) return;
    caller.expected?.forget();
    callers.delete(message.forward);
    reset(caller.socket);
  };

  const close = (): void => {
    const back = serving?.back;
    serving = undefined;
    for (const server of servers.splice(0)) server.close();
    for (const { socket, joint } of callers.values()) {
      reset(socket);
      joint?.destroy();
    }
    back?.[Symbol.dispose]();
  };

  try {
    for (const spec of wanted) {
      const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
      servers.push(server);
      const host = await listen(server, spec);
      specs.push({ ...spec, host });
      server.on("connection", (socket) => call(socket, { ...spec, host }));
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    specs,
    serve(helper, back) {
      helper.onMessage(hear);
      serving = { helper, back };
    },
    [Symbol.dispose]: close,
  };
}

/** Returns the port's number. */
function listen(server: Server, spec: PortSpec): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(portError(spec, cause)));
    server.listen({ host: "127.0.0.1", port: spec.host }, () => {
      server.removeAllListeners("error");
      // A connection that cannot be taken is lost, and no other.
      server.on("error", () => undefined);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function portError({ host, inside }: PortSpec, { code }: NodeJS.ErrnoException): BottleError {
  if (code === "EADDRINUSE")
    return new BottleError({
      code: "E_PORT_TAKEN",
      what: `The port ${host} of this machine is in use.`,
      why: "Another program, or another bottle, listens there.",
      next: `End that one (\`bottle ps\` shows the ports of bottles), or write "0:${inside}" for any free port.`,
    });
  return new BottleError({
    code: "E_PORT_REFUSED",
    what: `This machine does not let the supervisor listen on port ${host}.`,
    why: code === "EACCES" ? "Ports below 1024 are for root." : (code ?? "The reason is unknown."),
    next: `Write another one: "8080:${inside}" leads from 8080 to ${inside} inside.`,
  });
}
