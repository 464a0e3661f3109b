/** What listens in a test's place (place.ts), as programs of the machine would: canaries of the tests' own, and a name server. */
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { daemonsResolver } from "./daemon.ts";
import type { TestPlace } from "./place.ts";

export interface PlaceListener extends AsyncDisposable {
  readonly port: number;
  /** What came, without the control run's own. */
  heard(): Promise<readonly string[]>;
}

const control = "control";

/** Prints its port, and then a line for each datagram or connection. */
const everywhere = `
const udp = require("node:dgram").createSocket("udp4");
udp.bind(0, "0.0.0.0", () => {
  const { port } = udp.address();
  udp.on("message", (text) => console.log("udp " + text));
  const tcp = require("node:net").createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (text) => (console.log("tcp " + text), socket.destroy()));
  });
  tcp.listen(port, "0.0.0.0", () => console.log(port));
});
`;

/** Answers that there is no such name, and prints what was asked for. */
const resolver = `
const answer = (query) => {
  const names = [];
  for (let at = 12; query[at] > 0; at += query[at] + 1) names.push(query.toString("latin1", at + 1, at + 1 + query[at]));
  console.log("asked " + names.join("."));
  const said = Buffer.from(query);
  said[2] |= 0x80;
  said[3] = 0x83;
  return said;
};
const udp = require("node:dgram").createSocket("udp4");
udp.on("message", (query, from) => udp.send(answer(query), from.port, from.address));
const tcp = require("node:net").createServer((socket) => {
  socket.on("error", () => undefined);
  socket.on("data", (data) => {
    const said = answer(data.subarray(2, 2 + data.readUInt16BE(0)));
    const length = Buffer.alloc(2);
    length.writeUInt16BE(said.length);
    socket.write(Buffer.concat([length, said]));
  });
});
udp.bind(53, "${daemonsResolver}", () => tcp.listen(53, "${daemonsResolver}", () => console.log(53)));
`;

/** On every address of the place, TCP and UDP at one port. */
export function listenEverywhere(place: TestPlace): Promise<PlaceListener> {
  return listen(place, everywhere, (port) => {
    const script = `
      const udp = require("node:dgram").createSocket("udp4");
      udp.send("${control}", ${port}, "127.0.0.1", () => udp.close());
      require("node:net").connect(${port}, "127.0.0.1").end("${control}");
    `;
    return { script, lines: [`udp ${control}`, `tcp ${control}`] };
  });
}

/** The name server that the place's daemon asks. */
export function resolveInPlace(place: TestPlace): Promise<PlaceListener> {
  return listen(place, resolver, () => {
    const script = `
      const dns = new (require("node:dns").Resolver)();
      dns.setServers(["${daemonsResolver}"]);
      dns.resolve4("${control}.invalid", () => undefined);`;
    return { script, lines: [`asked ${control}.invalid`] };
  });
}

async function listen(
  place: TestPlace,
  program: string,
  controlOf: (port: number) => { readonly script: string; readonly lines: readonly string[] },
): Promise<PlaceListener> {
  const [command, ...args] = place.enter([
    "setpriv",
    "--pdeathsig",
    "KILL",
    process.execPath,
    "-e",
    program,
  ]);
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const [first] = (await once(reader, "line")) as [string];
  reader.on("line", (line) => lines.push(line));
  const port = Number(first);
  return {
    port,
    async heard() {
      const { script, lines: own } = controlOf(port);
      const before = lines.length;
      const [node, ...more] = place.enter([process.execPath, "-e", script]);
      spawnSync(node, more);
      for (let left = 200; left > 0; left -= 1) {
        if (own.every((line) => lines.slice(before).includes(line)))
          return lines.filter((line) => !own.includes(line));
        await sleep(25);
      }
      throw new Error("the control run was not heard");
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await once(child, "exit").catch(() => undefined);
    },
  };
}
