/**
 * The second way to the Engine, where sshd forwards no sockets: the docker command there connects its standard streams to the
 * Engine (`docker system dial-stdio`), one session of the one connection for each connection here.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import type { SshAddress } from "../../manifest/formats/ssh-address.ts";
import { commandArgv } from "./argv.ts";

/** sshd allows ten sessions for a connection unless told (sshd_config(5), MaxSessions); one is ours. */
const maxSessions = 9;
/** Connections that wait for one of them. */
const maxWaiting = 64;

export interface DialOptions {
  readonly to: SshAddress;
  readonly control: string;
  readonly env: Readonly<Record<string, string>>;
  /** The socket that is made here. */
  readonly local: string;
}

export async function serveDial(options: DialOptions): Promise<Disposable> {
  const { to, control, env, local } = options;
  const argv = commandArgv(to, control, "exec docker system dial-stdio");
  const waiting: Socket[] = [];
  const open = new Set<Socket>();
  let sessions = 0;

  const next = (): void => {
    const socket = sessions < maxSessions ? waiting.shift() : undefined;
    if (socket === undefined) return;
    sessions += 1;
    const child = spawn("ssh", argv, { env, detached: true, stdio: ["pipe", "pipe", "ignore"] });
    const over = (): void => {
      socket.destroy();
      child.kill();
    };
    child.stdin.on("error", over);
    child.on("error", over);
    child.once("close", () => {
      sessions -= 1;
      socket.end();
      next();
    });
    socket.once("close", over);
    socket.pipe(child.stdin);
    child.stdout.pipe(socket);
  };

  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    socket.on("error", () => undefined);
    if (waiting.length >= maxWaiting) return void socket.destroy();
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      const at = waiting.indexOf(socket);
      if (at >= 0) waiting.splice(at, 1);
    });
    waiting.push(socket);
    next();
  });
  rmSync(local, { force: true });
  server.listen({ path: local });
  await once(server, "listening");
  chmodSync(local, 0o600);
  return {
    [Symbol.dispose]() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
