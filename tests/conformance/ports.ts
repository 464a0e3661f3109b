/** Ports of the agent on this machine: plain TCP, for as long as the agent runs, on 127.0.0.1 and nowhere else. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findBottle } from "../../src/compose/bottles.ts";
import type { RungName } from "../../src/manifest/manifest.ts";
import { openTestHome, startTestBottle } from "../support/bottle.ts";
import { callPort, dialPort, hearOut, startPortsBottle, untilServed } from "../support/ports.ts";

const sha = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const megabytes = 50 * 1024 * 1024;

/** HTTP with an upgrade that echoes. */
const httpServer = `
const { createHash } = require("node:crypto");
const server = require("node:http").createServer((request, response) => {
  if (request.url === "/large") return response.end(Buffer.alloc(${megabytes}, "0123456789abcdef!"));
  const hash = createHash("sha256");
  request.on("data", (piece) => hash.update(piece)).on("end", () => response.end(hash.digest("hex")));
});
server.on("upgrade", (request, socket) => {
  const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n");
  socket.pipe(socket);
});
server.listen(3000, "127.0.0.1");
`;

const tcpServer = (each: string, host = "127.0.0.1"): string => `
require("node:net").createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", (error) => require("node:fs").appendFileSync("errors", error.code + "\\n"));
  ${each}
}).listen(3000, "${host}");
`;

async function gone(port: number): Promise<string | undefined> {
  return (await callPort(port, "")).error;
}

/** The suite for one rung. */
export function ports(rung: RungName): void {
  describe(`a port of a bottle on the rung ${rung}`, () => {
    test("shows the files that python serves, and takes a free port where it was left open", async () => {
      await using home = await openTestHome();
      await writeFile(join(home.workspace, "page.html"), "<h1>from inside</h1>\n");
      await using bottle = await startPortsBottle({
        home,
        rung,
        ports: ["0:8000"],
        prompt: "exec /usr/bin/python3 -m http.server 8000",
      });
      const [port = 0] = bottle.ports;
      await untilServed(port);
      const response = await fetch(`http://127.0.0.1:${port}/page.html`);
      expect(await response.text()).toBe("<h1>from inside</h1>\n");
      const listed = await findBottle(home.host, bottle.run.bottle.id);
      expect(listed.ports).toEqual([{ host: port, inside: 8000 }]);
    });

    test("is open on 127.0.0.1 alone", async () => {
      await using home = await openTestHome();
      await using bottle = await startPortsBottle({
        home,
        rung,
        ports: ["0:3000"],
        prompt: "sleep 60",
      });
      const hex = (bottle.ports[0] ?? 0).toString(16).toUpperCase().padStart(4, "0");
      const listening = (await readFile("/proc/net/tcp", "utf8"))
        .concat(await readFile("/proc/net/tcp6", "utf8").catch(() => ""))
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter(([, local = "", , state]) => state === "0A" && local.endsWith(`:${hex}`))
        .map(([, local]) => local);
      expect(listening).toEqual([`0100007F:${hex}`]);
    });

    test("carries 50 MB whole, each way, over connections that go on", async () => {
      await using home = await openTestHome();
      await using bottle = await startPortsBottle({
        home,
        rung,
        ports: ["0:3000"],
        server: httpServer,
      });
      const [port = 0] = bottle.ports;
      await untilServed(port);
      const wanted = Buffer.alloc(megabytes, "0123456789abcdef!");
      const large = await fetch(`http://127.0.0.1:${port}/large`);
      expect(sha(Buffer.from(await large.arrayBuffer()))).toBe(sha(wanted));
      for (const body of [wanted, wanted.subarray(1)]) {
        const post = await fetch(`http://localhost:${port}/`, { method: "POST", body });
        expect(await post.text()).toBe(sha(body));
      }
      const chunks = new Blob([wanted]).stream();
      const chunked = await fetch(`http://127.0.0.1:${port}/`, {
        method: "POST",
        body: chunks,
        duplex: "half",
      });
      expect(await chunked.text()).toBe(sha(wanted));
    });

    test("carries a WebSocket", async () => {
      await using home = await openTestHome();
      await using bottle = await startPortsBottle({
        home,
        rung,
        ports: ["0:3000"],
        server: httpServer,
      });
      const [port = 0] = bottle.ports;
      await untilServed(port);
      const socket = dialPort(port);
      socket.write(
        `GET /hmr HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://127.0.0.1:${port}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      );
      const [head] = (await once(socket, "data")) as [Buffer];
      expect(head.toString("latin1")).toContain("101 Switching Protocols");
      expect(head.toString("latin1")).toContain("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      const frame = Buffer.from([0x81, 0x85, 1, 2, 3, 4, 0x69, 0x67, 0x6f, 0x68, 0x6e]);
      socket.write(frame);
      const [echo] = (await once(socket, "data")) as [Buffer];
      expect(echo.equals(frame)).toBe(true);
      socket.destroy();
    });

    test("lets one side end and the other go on", async () => {
      await using home = await openTestHome();
      const server = tcpServer(
        `let all = ""; socket.on("data", (piece) => (all += piece)).on("end", () => socket.end("heard: " + all));`,
      );
      await using bottle = await startPortsBottle({ home, rung, ports: ["0:3000"], server });
      const [port = 0] = bottle.ports;
      expect((await untilServed(port, "any words")).text).toBe("heard: any words");
    });

    test("hands a break on as a break, after everything that was sent before it", async () => {
      await using home = await openTestHome();
      const server = tcpServer(
        `socket.write("all of this: ".repeat(50000)); socket.once("data", () => socket.resetAndDestroy());`,
      );
      await using bottle = await startPortsBottle({ home, rung, ports: ["0:3000"], server });
      const [port = 0] = bottle.ports;
      const breakOff = async (): Promise<readonly unknown[]> => {
        const socket = dialPort(port);
        let heard = 0;
        socket.on("data", (piece: Buffer) => {
          heard += piece.length;
          // Not with the last bytes: the two together are an end to Node (libuv, uv__stream_io).
          if (heard === 650_000) socket.write("now");
        });
        const { bytes, error } = await hearOut(socket);
        return [bytes.length, error];
      };
      await expect.poll(breakOff, { timeout: 30_000 }).toEqual([650_000, "ECONNRESET"]);
    });

    test("tells the server of a caller that broke off", async () => {
      await using home = await openTestHome();
      const server = tcpServer(`socket.write("hello, who is there?"); socket.resume();`);
      await using bottle = await startPortsBottle({ home, rung, ports: ["0:3000"], server });
      const [port = 0] = bottle.ports;
      await expect
        .poll(async () => {
          const socket = dialPort(port);
          const said = await new Promise<unknown>((done) =>
            socket.once("data", done).once("close", done),
          );
          socket.resetAndDestroy();
          return String(said);
        })
        .toBe("hello, who is there?");
      await expect
        .poll(async () => (await bottle.run.bottle.exec(["cat", "errors"])).stdout)
        .toBe("ECONNRESET\n");
    });

    test("finds a server that listens on ::1 alone", async () => {
      await using home = await openTestHome();
      const server = tcpServer(`socket.end("six"); socket.resume();`, "::1");
      await using bottle = await startPortsBottle({ home, rung, ports: ["0:3000"], server });
      expect((await untilServed(bottle.ports[0] ?? 0, "x")).text).toBe("six");
    });

    test("breaks off where no server is yet, and works as soon as one is", async () => {
      await using home = await openTestHome();
      await using bottle = await startPortsBottle({
        home,
        rung,
        ports: ["0:3000"],
        prompt: "until [ -e go ]; do sleep 0.05; done; exec /usr/bin/python3 -m http.server 3000",
      });
      const [port = 0] = bottle.ports;
      const early = await callPort(port, "GET / HTTP/1.0\r\n\r\n", false);
      expect(early).toMatchObject({ text: "", error: "ECONNRESET" });
      await bottle.run.bottle.exec(["touch", "go"]);
      expect((await untilServed(port)).text).toContain("200 OK");
    });

    test("is gone with the agent, and with the supervisor", async () => {
      await using home = await openTestHome();
      await using one = await startPortsBottle({
        home,
        rung,
        ports: ["0:3000"],
        server: httpServer,
      });
      await untilServed(one.ports[0] ?? 0);
      const held = dialPort(one.ports[0] ?? 0);
      await once(held, "connect");
      one.run.bottle.signal("SIGKILL");
      await one.run.bottle.ended;
      expect(await gone(one.ports[0] ?? 0)).toBe("ECONNREFUSED");
      held.destroy();

      await using other = await openTestHome();
      await using two = await startPortsBottle({
        home: other,
        rung,
        ports: ["0:3000"],
        server: httpServer,
      });
      const ended = two.run.bottle.ended.catch(() => undefined);
      process.kill(two.pid, "SIGKILL");
      await ended;
      expect(await gone(two.ports[0] ?? 0)).toBe("ECONNREFUSED");
    });

    test("is one bottle's: a second one is refused before its agent starts", async () => {
      await using home = await openTestHome();
      await using first = await startPortsBottle({
        home,
        rung,
        ports: ["0:3000"],
        prompt: "sleep 60",
      });
      const [port = 0] = first.ports;
      await using other = await openTestHome();
      await using second = await startTestBottle({
        home: other,
        bottle: { rung, ports: ["0:3001", `${port}:3000`] },
        prompt: "touch started",
      });
      await expect(second.bottle.ended).rejects.toMatchObject({ code: "E_PORT_TAKEN" });
      expect(
        await second.bottle.proof.then(
          () => "proven",
          () => "none",
        ),
      ).toBe("none");
      const taken = createServer().listen(0, "0.0.0.0");
      await once(taken, "listening");
      await using third = await startTestBottle({
        home: other,
        bottle: { rung, ports: [`${(taken.address() as AddressInfo).port}:3000`] },
      });
      await expect(third.bottle.ended).rejects.toMatchObject({ code: "E_PORT_TAKEN" });
      taken.close();
    });

    test("is not there in a bottle that has none, and neither is its socket", async () => {
      await using home = await openTestHome();
      await using run = await startTestBottle({ home, bottle: { rung } });
      await run.bottle.started;
      const { stdout } = await run.bottle.exec(["ls", "/run/claude-bottle"]);
      expect(stdout).not.toContain("ports.sock");
    });

    test("answers no website: neither by a name that leads here, nor across sites", async () => {
      await using home = await openTestHome();
      await using bottle = await startPortsBottle({
        home,
        rung,
        ports: ["0:3000"],
        server: httpServer,
      });
      const [port = 0] = bottle.ports;
      await untilServed(port);
      const ask = (fields: string): Promise<string> =>
        callPort(port, `GET / HTTP/1.1\r\n${fields}\r\n\r\n`).then(({ text }) => text);
      expect(await ask(`Host: attacker.example:${port}`)).toMatch(
        /^HTTP\/1\.1 403 .*x-claude-bottle: port-host\r\n/s,
      );
      expect(await ask(`Host: 127.0.0.1:${port}\r\nSec-Fetch-Site: cross-site`)).toMatch(
        /^HTTP\/1\.1 403 .*x-claude-bottle: port-cross-site\r\n/s,
      );
      expect(await ask(`Host: x.localhost:${port}\r\nConnection: close`)).toMatch(
        /^HTTP\/1\.1 200 /,
      );
    });
  });
}
