/** Calls whoever takes this helper's channel: the bottle's maker at a socket, or its gateway in the bottle's network. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Endpoint } from "./endpoint.ts";

/** Milliseconds between two calls where nobody listens yet, and how many: a gateway may start beside its bottle. */
const pause = 20;
const tries = 500;
/** What connect(2) says where there is no listener yet, or no machine. */
const early: ReadonlySet<string | undefined> = new Set(["ECONNREFUSED", "EHOSTUNREACH"]);
/** Milliseconds of silence after which the other end is asked whether it lives: what is gone in a network says nothing. */
const silence = 10_000;

/** Hands over the connection, or why there is none. */
export function dialControl(
  control: Endpoint,
  then: (socket: Socket) => void,
  fail: (error: unknown) => void,
  left: number = "path" in control ? 1 : tries,
): void {
  const socket = connect({
    ...control,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: silence,
  });
  const failed = (error: NodeJS.ErrnoException): void => {
    if (!early.has(error.code) || left <= 1) return fail(error);
    setTimeout(() => dialControl(control, then, fail, left - 1), pause);
  };
  socket.once("error", failed);
  socket.once("connect", () => {
    socket.off("error", failed);
    then(socket);
  });
}
