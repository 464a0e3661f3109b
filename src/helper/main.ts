/**
 * What runs inside a bottle: the forwarder, the probes, the agent and commands beside it, told over descriptor 3.
 * One file, node: modules only. It holds no secret and decides nothing: everything here may fall to a hijacked agent.
 */
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { dirname, join } from "node:path";
import { openChannel } from "./channel.ts";
import { closeInherited } from "./descriptors.ts";
import { endBottle } from "./end.ts";
import { openExecs } from "./exec.ts";
import { openForwarder } from "./forwarder.ts";
import { openForwards } from "./ports.ts";
import { doorPort, portsSocket } from "./protocol.ts";
import type { HelperMessage, HelperRequest } from "./protocol.ts";
import { runAgent } from "./run.ts";
import type { Agent } from "./run.ts";

const controlFd = 3;

function main(argv: readonly string[]): void {
  closeInherited(controlFd);
  process.title = "bottle-helper";
  process.on("uncaughtException", (error) => fail(error));

  const [flag, link, ...more] = argv;
  if (flag !== "--link" || link === undefined || more.length > 0)
    return fail(new Error("usage: helper --link SOCKET"));

  let agent: Agent | undefined;
  let ending = false;
  const leaveWhenIdle = (): void => {
    if (ending && agent?.running !== true && execs.running === 0) process.exit(0);
  };
  const channel = openChannel(new Socket({ fd: controlFd, readable: true, writable: true }), {
    request: (request) => serve(request),
    end: () =>
      endBottle(
        () => execs.signalAll("SIGKILL"),
        () => agent?.signal("SIGKILL"),
      ),
  });
  const execs = openExecs(channel, leaveWhenIdle);
  const forwards = openForwards(join(dirname(link), portsSocket), (forward, after) =>
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
  // Meant for the agent at most, and it gets its signals as requests.
  for (const signal of ["SIGINT", "SIGHUP", "SIGQUIT"] as const)
    process.on(signal, () => undefined);

  openForwarder({ host: "127.0.0.1", port: doorPort, link }).then(
    () => void channel.send({ type: "ready" }),
    fail,
  );
}

/** Says why, past every buffer, and ends. */
function fail(error: unknown): void {
  const message: HelperMessage = {
    type: "failed",
    what: (error instanceof Error ? error.message : String(error)).slice(0, 500),
  };
  try {
    writeSync(controlFd, `${JSON.stringify(message)}\n`);
  } catch {
    // The supervisor is gone; then nobody is left to tell.
  }
  process.exit(1);
}

main(process.argv.slice(2));
