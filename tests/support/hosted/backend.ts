/**
 * Bottles of the namespace rung whose gateway is hosted: in place of a network there is a relay on either side of the link
 * directory, from an address on the bottle's own loopback to the gateway's on this machine's.
 */
import { chmod, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { join as joinPath } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createNamespaceBackend } from "../../../src/backends/namespace/backend.ts";
import { passOn } from "../../../src/helper/pass-on.ts";
import { channelPort, doorPort, waysBackPort } from "../../../src/helper/protocol.ts";
import type { Backend, GatewayHost, LaunchSpec } from "../../../src/lifecycle/backend.ts";
import { besideRelay } from "../link-relay.ts";
import { ownAddress } from "./address.ts";
import { hold } from "./holder.ts";

const inside = "127.0.9.1";
const tries = 200;
const ports = [doorPort, channelPort, waysBackPort] as const;

/** `runDir`: of the bottle. */
export function createHostedBackend(runDir: string): Backend {
  const backend = createNamespaceBackend({ uid: process.getuid?.() ?? -1 });
  const address = ownAddress();
  return {
    ...backend,
    name: "hosted namespace",
    capabilities: { ...backend.capabilities, link: "network" },
    async hostGateway({ program, argv }): Promise<GatewayHost> {
      const socket = joinPath(runDir, "program.sock");
      const holder = hold({
        ...{ node: process.execPath, socket },
        argv: [program, ...argv, "--address", address],
      });
      const ended = new Promise<string>((done) =>
        holder.once("exit", (code) => done(`The program ended with ${code}.`)),
      );
      while (!existsSync(socket) && holder.exitCode === null) await sleep(5);
      return {
        connect: () =>
          new Promise((resolve, reject) => {
            const stream = connect({ path: socket });
            stream.once("connect", () => resolve(stream));
            stream.once("error", reject);
          }),
        exited: ended,
        async [Symbol.asyncDispose]() {
          holder.kill("SIGTERM");
          await ended;
        },
      };
    },
    async launch(spec, stdio) {
      const { control } = spec;
      if (control === undefined) throw new TypeError("a bottle without a channel");
      const relays = await Promise.all(ports.map((port) => relay(spec, port, address)));
      const running = await backend.launch(withRelay(spec), stdio);
      const close = async (): Promise<void> => {
        for (const server of relays) server.close();
        for (const port of ports) await rm(relaySocket(spec.linkDir, port), { force: true });
      };
      void running.exited.then(close);
      return { ...running, control };
    },
  };
}

function relaySocket(linkDir: string, port: number): string {
  return joinPath(linkDir, `${port}.sock`);
}

async function relay({ linkDir }: LaunchSpec, port: number, host: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    socket.on("error", () => undefined);
    join(socket, { host, port }, tries);
  });
  const path = relaySocket(linkDir, port);
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  await chmod(path, 0o666);
  return server;
}

/** Whoever called sees a connection already: the helper would not call again where the gateway does not listen yet. */
function join(socket: Socket, at: { host: string; port: number }, left: number): void {
  const outside = connect({ ...at, allowHalfOpen: true });
  const failed = (): void => {
    if (left <= 1) return void socket.destroy();
    setTimeout(() => join(socket, at, left - 1), 10);
  };
  outside.once("error", failed);
  outside.once("connect", () => {
    outside.off("error", failed);
    passOn(socket, outside);
  });
}

function withRelay(spec: LaunchSpec): LaunchSpec {
  const places = ports.map((port) => [inside, port, `/run/claude-bottle/${port}.sock`] as const);
  const argv = [
    ...spec.helperArgv,
    ...["--link", `tcp:${inside}:${doorPort}`, "--control", `tcp:${inside}:${channelPort}`],
  ];
  // On descriptor 3, where nothing else is said, the backend below hears that it begins.
  const speaking = ["/bin/sh", "-c", 'echo >&3; exec "$@"', "sh", ...argv];
  return { ...spec, helperArgv: besideRelay(spec.helperArgv[0] ?? "", places, speaking) };
}
