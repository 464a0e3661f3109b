/** Short visits at a supervisor's control socket: how is it, and please end. Nobody answers where the supervisor is dead. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { BottleError } from "../errors/error.ts";
import type { BottleStatus, ClientMessage, PrepareOrder, SupervisorMessage } from "./control.ts";
import { frameKinds, openFrames, sendMessage } from "./frames.ts";

/** The open control socket, or undefined where nobody listens. */
export function callSupervisor(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("error", () => resolve(undefined));
    socket.once("connect", () => resolve(socket));
  });
}

/** How the bottle is; undefined where no supervisor answers within `timeoutMs`. */
export function askStatus(path: string, timeoutMs: number): Promise<BottleStatus | undefined> {
  return visit(path, timeoutMs, { type: "status" }, (message) =>
    message.type === "status" ? message : undefined,
  );
}

/** Asks for the bottle's end and waits for it; false where nobody answered, or not in time. */
export async function askStop(path: string, timeoutMs: number): Promise<boolean> {
  const done = await visit(path, timeoutMs, { type: "stop" }, (message) =>
    message.type === "done" ? message : undefined,
  );
  return done !== undefined;
}

/** Asks that the record have what is on the bottle's machine, and waits for it; undefined where nobody answered in time. */
export function askSync(
  path: string,
  timeoutMs: number,
): Promise<Extract<SupervisorMessage, { type: "synced" }> | undefined> {
  return visit(path, timeoutMs, { type: "sync" }, (message) =>
    message.type === "synced" ? message : undefined,
  );
}

/** Orders a bottle to be made ready, and waits until it is. Throws the `BottleError` that kept it. */
export function orderPreparation(stream: Duplex, order: PrepareOrder): Promise<void> {
  return new Promise((resolve, reject) => {
    const channel = openFrames(stream, {
      onFrame(kind, payload) {
        if (kind !== frameKinds.message) return;
        const message = JSON.parse(payload.toString("utf8")) as SupervisorMessage;
        if (message.type === "failed")
          reject(new BottleError(message.error as ConstructorParameters<typeof BottleError>[0]));
        if (message.type !== "prepared") return;
        resolve();
        channel.end();
      },
      onEnd: () =>
        reject(
          new BottleError({
            code: "E_SUPERVISOR_GONE",
            what: "The supervisor is gone before the bottle was ready.",
            next: "Run `bottle doctor`.",
          }),
        ),
    });
    sendMessage(channel, order);
  });
}

async function visit<T>(
  path: string,
  timeoutMs: number,
  question: ClientMessage,
  read: (message: SupervisorMessage) => T | undefined,
): Promise<T | undefined> {
  const socket = await callSupervisor(path);
  if (socket === undefined) return undefined;
  return new Promise((resolve) => {
    const finish = (answer: T | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    const channel = openFrames(socket, {
      onFrame(kind, payload) {
        if (kind !== frameKinds.message) return;
        const answer = read(JSON.parse(payload.toString("utf8")) as SupervisorMessage);
        if (answer !== undefined) finish(answer);
      },
      onEnd: () => finish(undefined),
    });
    sendMessage(channel, question);
  });
}
