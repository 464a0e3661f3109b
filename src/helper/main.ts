/**
 * What runs inside a bottle: the forwarder, the probes, the agent and commands beside it, told over descriptor 3, or over the
 * one connection to a socket or an address where the bottle's maker hands no descriptors on.
 * One file, node: modules only. It holds no secret and decides nothing: everything here may fall to a hijacked agent.
 */
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { openChannel } from "./channel.ts";
import { closeInherited } from "./descriptors.ts";
import { dialControl } from "./control.ts";
import { readEndpoint, waysBackBeside } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { endBottle } from "./end.ts";
import { openExecs } from "./exec.ts";
import { openForwarder } from "./forwarder.ts";
import { openForwards } from "./ports.ts";
import { doorPort } from "./protocol.ts";
import type { HelperMessage, HelperRequest } from "./protocol.ts";
import { runAgent } from "./run.ts";
import type { Agent } from "./run.ts";

const controlFd = 3;

function begin(argv: readonly string[]): void {
  const [flag, linkText = "", ...more] = argv;
  const [controlFlag, controlText = "", ...rest] = more;
  const [link, control] = [readEndpoint(linkText), readEndpoint(controlText)];
  const wrong = flag !== "--link" || link === undefined || rest.length > 0;
  const bySocket = more.length === 0 ? false : controlFlag === "--control" && control !== undefined;
  closeInherited(bySocket ? controlFd - 1 : controlFd);
  process.title = "bottle-helper";
  let tell = (line: string): void => void writeSync(controlFd, line);
  const fail = (error: unknown): void => end(error, tell);
  process.on("uncaughtException", fail);
  if (wrong || (more.length > 0 && !bySocket))
    return fail(
      new Error("usage: helper --link PLACE [--control PLACE], each a socket or tcp:ADDRESS:PORT"),
    );
  if (!bySocket || control === undefined)
    return main(link, new Socket({ fd: controlFd, readable: true, writable: true }), fail);
  const called = (socket: Socket): void => {
    tell = (line) => void socket.write(line);
    main(link, socket, fail);
  };
  dialControl(control, called, fail);
}

function main(link: Endpoint, control: Socket, fail: (error: unknown) => void): void {
  let agent: Agent | undefined;
  let ending = false;
  const leaveWhenIdle = (): void => {
    if (ending && agent?.running !== true && execs.running === 0) process.exit(0);
  };
  const channel = openChannel(control, {
    request: (request) => serve(request),
    end: () =>
      endBottle(
        () => execs.signalAll("SIGKILL"),
        () => agent?.signal("SIGKILL"),
      ),
  });
  const execs = openExecs(channel, leaveWhenIdle);
  const forwards = openForwards(waysBackBeside(link), (forward, after) =>
    channel.send({ type: "forward-break", forward, after }),
  );

  const serve = (request: HelperRequest): void => {
    switch (request.type) {
      case "probe":
        void import("../proof/probes/index.ts")
          .then(({ runProbes }) => runProbes(request.targets, request.known))
          .then((proof) => channel.send({ type: "proof", ...proof }), fail);
        break;
      case "run":
        if (agent !== undefined) return fail(new Error("a bottle runs one agent"));
        agent = runAgent(request, channel, leaveWhenIdle);
        break;
      case "input":
        agent?.input(request.data, request.end);
        break;
      case "output-taken":
        agent?.taken(request.bytes);
        break;
      case "exec":
        if (!execs.start(request)) fail(new Error("the number of a command was used twice"));
        break;
      case "exec-input":
        execs.input(request.exec, request.data, request.end);
        break;
      case "exec-signal":
        execs.signal(request.exec, request.signal);
        break;
      case "signal":
        agent?.signal(request.signal);
        break;
      case "forward":
        forwards.start(request);
        break;
      case "forward-break":
        forwards.broken(request.forward, request.after);
        break;
    }
  };

  process.on("SIGTERM", () => {
    ending = true;
    agent?.signal("SIGTERM");
    execs.signalAll("SIGTERM");
    leaveWhenIdle();
  });
  // Meant for the agent at most: it gets its signals as requests, or from a terminal that it shares with us.
  for (const signal of ["SIGINT", "SIGHUP", "SIGQUIT", "SIGTSTP"] as const)
    process.on(signal, () => undefined);

  const door = { host: "127.0.0.1", port: doorPort } as const;
  // Link `loopback`: the gateway itself is there.
  const atDoor = "host" in link && link.host === door.host && link.port === door.port;
  (atDoor ? Promise.resolve() : openForwarder({ ...door, link })).then(
    () => void channel.send({ type: "ready" }),
    fail,
  );
}

/** Says why, past every buffer, and ends. */
function end(error: unknown, tell: (line: string) => void): void {
  const message: HelperMessage = {
    type: "failed",
    what: (error instanceof Error ? error.message : String(error)).slice(0, 500),
  };
  try {
    tell(`${JSON.stringify(message)}\n`);
  } catch {
    // The supervisor is gone; then nobody is left to tell.
  }
  process.exit(1);
}

begin(process.argv.slice(2));
