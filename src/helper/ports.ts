/** The inner end of the bottle's ports: a caller is one connection to the agent's server, and one back to the supervisor. */
import { connect } from "node:net";
import type { NetConnectOpts, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Joint } from "./joint.ts";
import type { Endpoint } from "./endpoint.ts";
import type { HelperRequest } from "./protocol.ts";

/** Milliseconds for a connection inside: the server is there, but takes none. */
const patience = 10_000;
/** Milliseconds between tries where so many connect that no room is left (EAGAIN, connect(2)), and how many tries. */
const pause = 10;
const tries = 200;
/** Where a server for `localhost` may listen: some listen on the second alone. */
const addresses = ["127.0.0.1", "::1"] as const;

type ForwardRequest = Extract<HelperRequest, { type: "forward" }>;

export interface Forwards {
  start(request: ForwardRequest): void;
  /** The caller's connection broke after so many bytes. */
  broken(forward: number, after: number): void;
}

/** `back`: where the supervisor takes them; `tell` hears of a connection inside that broke, or could not be made. */
export function openForwards(
  back: Endpoint,
  tell: (forward: number, after: number) => void,
): Forwards {
  /** Until the joint is there, undefined. */
  const open = new Map<number, Joint | undefined>();

  const start = async ({ forward, port, key }: ForwardRequest): Promise<void> => {
    open.set(forward, undefined);
    const inside = await dialInside(port);
    const link = inside && (await dialBack(back));
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
    const { socket } = await dial({ host, port, noDelay: true });
    if (socket !== undefined) return socket;
  }
  return undefined;
}

/** The agent may crowd the socket; whoever called at its port shall not suffer from it. */
async function dialBack(back: Endpoint): Promise<Socket | undefined> {
  for (let left = tries; left > 0; left -= 1) {
    const { socket, code } = await dial({ ...back, noDelay: true });
    if (code !== "EAGAIN") return socket;
    await sleep(pause);
  }
  return undefined;
}

interface Dialled {
  readonly socket: Socket | undefined;
  readonly code: string | undefined;
}

function dial(where: NetConnectOpts): Promise<Dialled> {
  return new Promise((resolve) => {
    let code: string | undefined;
    const socket = connect({ ...where, allowHalfOpen: true });
    const timer = setTimeout(() => socket.destroy(), patience);
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve({ socket, code });
    });
    socket.on("error", (error: NodeJS.ErrnoException) => (code = error.code));
    socket.once("close", () => {
      clearTimeout(timer);
      resolve({ socket: undefined, code });
    });
  });
}
