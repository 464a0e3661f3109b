/** The inner end of the bottle's ports: a caller is one connection to the agent's server, and one back to the supervisor. */
import { connect } from "node:net";
import type { NetConnectOpts, Socket } from "node:net";
import { Joint } from "./joint.ts";
import type { HelperRequest } from "./protocol.ts";

/** Milliseconds for a connection inside: the server is there, but takes none. */
const patience = 10_000;
/** Where a server for `localhost` may listen: some listen on the second alone. */
const addresses = ["127.0.0.1", "::1"] as const;

type ForwardRequest = Extract<HelperRequest, { type: "forward" }>;

export interface Forwards {
  start(request: ForwardRequest): void;
  /** The caller's connection broke after so many bytes. */
  broken(forward: number, after: number): void;
}

/** `back`: the ports' socket; `tell` hears of a connection inside that broke, or could not be made. */
export function openForwards(
  back: string,
  tell: (forward: number, after: number) => void,
): Forwards {
  /** Until the joint is there, undefined. */
  const open = new Map<number, Joint | undefined>();

  const start = async ({ forward, port, key }: ForwardRequest): Promise<void> => {
    open.set(forward, undefined);
    const inside = await dialInside(port);
    const link = inside && (await dial({ path: back }));
    if (inside === undefined || link === undefined || !open.has(forward)) {
      inside?.destroy();
      link?.destroy();
      if (open.delete(forward)) tell(forward, 0);
      return;
    }
    link.write(key);
    const joint = new Joint(inside, link, {
      broke: (after) => tell(forward, after),
      closed: () => open.delete(forward),
    });
    open.set(forward, joint);
  };

  return {
    start: (request) => void start(request),
    broken(forward, after) {
      const joint = open.get(forward);
      if (joint === undefined) open.delete(forward);
      else joint.breakAfter(after);
    },
  };
}

async function dialInside(port: number): Promise<Socket | undefined> {
  for (const host of addresses) {
    const socket = await dial({ host, port, noDelay: true });
    if (socket !== undefined) return socket;
  }
  return undefined;
}

function dial(where: NetConnectOpts): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...where, allowHalfOpen: true });
    const timer = setTimeout(() => socket.destroy(), patience);
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve(socket);
    });
    socket.on("error", () => undefined);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}
