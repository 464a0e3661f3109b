/** A hijacked agent at the ports' socket: no way out, nothing to learn, and nothing to spoil but its own port. */
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RungName } from "../../src/manifest/manifest.ts";
import { openTestHome } from "../support/bottle.ts";
import { capabilitiesOf, noDescriptors } from "../support/capabilities.ts";
import { target } from "../support/target.ts";
import { notApplicable } from "../support/require.ts";
import { callPort, dialPort, memoryOf, startPortsBottle, untilServed } from "../support/ports.ts";
import type { PortsBottle } from "../support/ports.ts";

const overSocket = `way = "/run/claude-bottle/ports.sock"
def fresh(): return socket.socket(socket.AF_UNIX)`;
/** The gateway's address is the second of the eight that the bottle's own is one of. */
const overNetwork = `me = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); me.connect(("192.0.2.1", 9))
one, two, three, four = me.getsockname()[0].split(".")
way = (f"{one}.{two}.{three}.{int(four) // 8 * 8 + 2}", 4182)
def fresh(): return socket.socket()`;
const besideGateway = `way = ("127.0.0.1", 4182)
def fresh(): return socket.socket()`;
const noSocket = "this link has no socket in the bottle's files";

const python = (script: string): readonly string[] => [
  "/usr/bin/python3",
  "-c",
  `import os, socket, sys, time\n${overLink()}\n${script}`,
];

function overLink(): string {
  const { link } = target();
  if (link === undefined) return overSocket;
  return link === "loopback" ? besideGateway : overNetwork;
}

/** An agent whose port 3000 echoes, and whose port 3001 leads to what never answers. */
const echo = `
const { createServer } = require("node:net");
createServer({ allowHalfOpen: true }, (socket) => { socket.on("error", () => {}); socket.pipe(socket); }).listen(3000, "127.0.0.1");
createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => socket.on("error", () => {})).listen(3001, "127.0.0.1");
`;

async function echoes(bottle: PortsBottle, words: string): Promise<string> {
  return (await callPort(bottle.ports[0] ?? 0, words)).text;
}

/** Calls one after the other, on a busy machine, too: every one comes through. */
async function tenEchoes(bottle: PortsBottle): Promise<readonly string[]> {
  const heard: string[] = [];
  for (let call = 0; call < 10; call += 1) heard.push(await echoes(bottle, `call ${call}`));
  return heard;
}

const allTen = Array.from({ length: 10 }, (_none, call) => `call ${call}`);

/** The suite for one rung. */
export function portsSocket(rung: RungName): void {
  describe(`a hijacked agent at its ports on the rung ${rung}`, () => {
    test("finds one more socket, and nobody behind it that goes anywhere or says anything", async () => {
      const touched: string[] = [];
      const canary = createServer((socket) => {
        touched.push("host");
        socket.destroy();
      }).listen(0, "127.0.0.1");
      await once(canary, "listening");
      const prey = `127.0.0.1:${(canary.address() as AddressInfo).port}`;
      await using home = await openTestHome();
      await using bottle = await startPortsBottle({ home, rung, ports: ["0:3000"], server: echo });
      await untilServed(bottle.ports[0] ?? 0, "hello");
      const found = await bottle.run.bottle.exec([
        "sh",
        "-c",
        "find / -xdev -type s 2>/dev/null; find /run -type s 2>/dev/null",
      ]);
      const sockets = ["/run/claude-bottle/gateway.sock", "/run/claude-bottle/ports.sock"];
      expect([...new Set(found.stdout.trim().split("\n"))].toSorted()).toEqual(
        target().link !== undefined ? [""] : sockets,
      );
      const tries = [
        `GET http://${prey}/ HTTP/1.1\\r\\nHost: ${prey}\\r\\n\\r\\n`,
        `CONNECT ${prey} HTTP/1.1\\r\\nHost: ${prey}\\r\\n\\r\\n`,
        `\\x05\\x01\\x00\\x05\\x01\\x00\\x01\\x7f\\x00\\x00\\x01\\x00\\x50`,
        `{"type":"forward","forward":1,"port":22,"key":"${"A".repeat(48)}"}\\n`,
        "A".repeat(48),
        "",
      ];
      for (const words of tries) {
        const end = await bottle.run.bottle.exec(
          python(`
s = fresh(); s.settimeout(10); s.connect(way)
try:
    s.sendall(b'''${words}'''); s.shutdown(socket.SHUT_WR)
except OSError: pass
try: print(s.recv(100))
except OSError as e: print(type(e).__name__)`),
        );
        expect(end.stdout).toMatch(/^(b''|ConnectionResetError)\n$/);
      }
      expect(await tenEchoes(bottle)).toEqual(allTen);
      expect(touched).toEqual([]);
      canary.close();
    });

    test("cannot take the socket away, nor put its own in its place", async (context) => {
      if (target().link !== undefined) notApplicable(context, noSocket);
      await using home = await openTestHome();
      await using bottle = await startPortsBottle({ home, rung, ports: ["0:3000"], server: echo });
      const end = await bottle.run.bottle.exec([
        "sh",
        "-c",
        "mv /run/claude-bottle/ports.sock /run/claude-bottle/old; rm -f /run/claude-bottle/ports.sock; ls /run/claude-bottle/ports.sock",
      ]);
      expect(`${end.stdout}${end.stderr}`).toMatch(
        /^\/run\/claude-bottle\/ports\.sock\nmv: .*Read-only file system\nrm: .*Read-only file system\n$/,
      );
    });

    test("crowds the socket with thousands that say nothing, or nonsense: calls come through, and memory stays", async () => {
      await using home = await openTestHome();
      await using bottle = await startPortsBottle({
        home,
        rung,
        ports: ["0:3000", "0:3001"],
        server: echo,
      });
      await untilServed(bottle.ports[0] ?? 0, "hello");
      // Somebody waits all the time, so that keys are listened for.
      const waiting = Array.from({ length: 20 }, () => dialPort(bottle.ports[1] ?? 0));
      const crowd = bottle.run.bottle.exec(
        python(`
import resource
# Several at once leave no room in the socket's queue (EAGAIN, connect(2)).
for _ in range(3):
    if os.fork() == 0: break
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
kept, made, until = [], 0, time.time() + 4
while time.time() < until or made < 2000:
    s = fresh()
    try:
        s.connect(way); made += 1
        if made % 2: s.send(b"x" * 47 + (b"" if made % 3 else b"yz"))
    except OSError: pass
    kept.append(s)
    if len(kept) > 2000: kept.pop(0).close()
print("made", made >= 2000, flush=True)
# What a command left behind is not listened to for long.
try:
    while True: os.wait()
except ChildProcessError: pass`),
      );
      expect(await tenEchoes(bottle)).toEqual(allTen);
      const held = await memoryOf(bottle.pid);
      expect((await crowd).stdout).toBe("made True\n".repeat(4));
      expect(await tenEchoes(bottle)).toEqual(allTen);
      expect(Math.max(held, await memoryOf(bottle.pid))).toBeLessThan(150);
      for (const socket of waiting) socket.destroy();
    });

    test("never answers on one port: callers of another are served", async () => {
      await using home = await openTestHome();
      await using bottle = await startPortsBottle({
        home,
        rung,
        ports: ["0:3000", "0:3001"],
        server: echo,
      });
      await untilServed(bottle.ports[0] ?? 0, "hello");
      const stuck = Array.from({ length: 200 }, () => dialPort(bottle.ports[1] ?? 0));
      for (const socket of stuck) socket.write(Buffer.alloc(1_000_000, " "));
      expect(await tenEchoes(bottle)).toEqual(allTen);
      // A stream through the gateway beside the bottle has a window of its own.
      expect(await memoryOf(bottle.pid)).toBeLessThan(target().link !== undefined ? 500 : 250);
      for (const socket of stuck) socket.destroy();
    });

    test("takes the helper's channel: it can be its own server in another's stead, and no more", async (context) => {
      if (!capabilitiesOf(rung).takesDescriptors) notApplicable(context, noDescriptors);
      await using home = await openTestHome();
      await using bottle = await startPortsBottle({ home, rung, ports: ["0:3000"], server: echo });
      const [port = 0] = bottle.ports;
      await untilServed(port, "hello");
      // pidfd_open(2), pidfd_getfd(2): descriptor 3 of the helper, process 2 of every bottle; the helper itself is stopped.
      const thief = bottle.run.bottle.exec(
        python(`
import ctypes, json, signal
libc = ctypes.CDLL(None, use_errno=True)
channel = socket.socket(fileno=libc.syscall(438, libc.syscall(434, 2, 0), 3, 0))
channel.setblocking(True)
os.kill(2, signal.SIGSTOP)
print("ready", flush=True)
open("stolen", "w").close()
line = b""
while b"\\n" not in line: line += channel.recv(4096)
order = json.loads(line.split(b"\\n")[0])
for said in (order["key"][:-1] + "!", order["key"], order["key"]):
    s = fresh(); s.connect(way); s.settimeout(10)
    try: s.sendall(said.encode() + b"posing as the server")
    except OSError: pass
    if said != order["key"]: continue
    try: print(s.recv(100), flush=True)
    except OSError as e: print(type(e).__name__, flush=True)
os.kill(2, signal.SIGCONT)`),
      );
      const workspace = join(home.stateHome, "claude-bottle", bottle.run.bottle.id, "workspace");
      await expect
        .poll(async () => (await readdir(workspace)).includes("stolen"), { timeout: 20_000 })
        .toBe(true);
      const caller = dialPort(port);
      const [heard] = (await once(caller, "data")) as [Buffer];
      expect(heard.toString()).toBe("posing as the server");
      caller.write("what a caller says");
      caller.end();
      expect((await thief).stdout).toMatch(
        /^ready\nb'what a caller says'\n(b''|ConnectionResetError)\n$/,
      );
      expect(await tenEchoes(bottle)).toEqual(allTen);
    });

    test("answers before it was asked: a website's request gets nothing of it", async () => {
      await using home = await openTestHome();
      const server = `require("node:net").createServer((socket) => { socket.on("error", () => {}); socket.end("HTTP/1.1 200 OK\\r\\nAccess-Control-Allow-Origin: *\\r\\nContent-Length: 6\\r\\n\\r\\nSECRET"); }).listen(3000, "127.0.0.1");`;
      await using bottle = await startPortsBottle({ home, rung, ports: ["0:3000"], server });
      const [port = 0] = bottle.ports;
      expect((await untilServed(port)).text).toContain("SECRET");
      const site = await callPort(
        port,
        `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: https://attacker.example\r\nSec-Fetch-Site: cross-site\r\n\r\n`,
      );
      expect(site.text).toContain("x-claude-bottle: port-cross-site");
      expect(site.text).not.toContain("SECRET");
    });
  });
}
