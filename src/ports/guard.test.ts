import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:tls";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Refusal } from "../gateway/refusal.ts";
import { readHello } from "./client-hello.ts";
import { greetingLength } from "./greeting.ts";
import { openGuard } from "./guard.ts";
import { Moved } from "./judge-request.ts";
import { isLoopback } from "./loopback.ts";

function bytesOf(piece: string | Buffer): Buffer {
  return typeof piece === "string" ? Buffer.from(piece, "latin1") : piece;
}

const ownName = "me-k3x9q.localhost:3000";

/** What became of the pieces: all that went on, or the code of the refusal. */
function judged(...pieces: readonly (string | Buffer)[]): string {
  const guard = openGuard(ownName);
  let passed = "";
  try {
    for (const piece of pieces) passed += guard.push(bytesOf(piece)).toString("latin1");
    passed += guard.end().toString("latin1");
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    if (error instanceof Moved) return `to ${error.location}`;
    throw error;
  }
  return passed;
}

function get(...fields: readonly string[]): string {
  return `GET /a?b=c HTTP/1.1\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n`;
}

const own = "Host: 127.0.0.1:3000";

describe("a name for this machine", () => {
  it.each([
    "127.0.0.1",
    "127.0.0.1:3000",
    "127.8.0.9:1",
    "localhost",
    "LocalHost:3000",
    "me-k3x9q.localhost:3000",
    "a.b_c.localhost",
    "[::1]",
    "[::1]:3000",
  ])("is %s", (name) => expect(isLoopback(name)).toBe(true));

  it.each([
    "",
    "attacker.example",
    "attacker.example:3000",
    "127.0.0.1.attacker.example",
    "localhost.attacker.example",
    "notlocalhost",
    "localhost.",
    ".localhost",
    "0.0.0.0:3000",
    "[::]",
    "::1",
    "2130706433",
    "127.1",
    "user@localhost",
    "localhost:3000:80",
    "localhost/",
    "127.0.0.1 ",
    "[::ffff:127.0.0.1]",
  ])("is not %j", (name) => expect(isLoopback(name)).toBe(false));
});

describe("a request at a port", () => {
  it.each([
    ["of a program", get(own)],
    ["of an old program without a host", "GET / HTTP/1.0\r\n\r\n"],
    [
      "for a picture on a page of this machine's other name",
      get(own, "Sec-Fetch-Site: cross-site", "Referer: http://localhost:5173/"),
    ],
    ["of its own page", get(own, "Sec-Fetch-Site: same-origin", "Origin: http://127.0.0.1:3000")],
    [
      "of its own page that hides its origin",
      get(own, "Sec-Fetch-Site: same-origin", "Origin: null"),
    ],
    [
      "of another port's page",
      get(own, "Sec-Fetch-Site: same-site", "Origin: http://127.0.0.1:8080"),
    ],
    [
      "of a page under this machine's other name",
      get(own, "Sec-Fetch-Site: cross-site", "Origin: http://localhost:5173"),
    ],
    ["of an old browser's own page", get(own, "Origin: http://127.0.0.1:3000")],
    ["with a body", `POST / HTTP/1.1\r\n${own}\r\nContent-Length: 5\r\n\r\nhello`],
    [
      "in chunks",
      `POST / HTTP/1.1\r\n${own}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    ],
    ["after another", get(own) + get(own, "Sec-Fetch-Site: same-origin")],
    ["of any method", `BREW / HTTP/1.1\r\n${own}\r\n\r\n`],
  ])("%s goes on as it is", (_name, request) => expect(judged(request)).toBe(request));

  it.each([
    ["by a name that leads here", get("Host: attacker.example:3000"), "port-host"],
    ["by an address that is none of a loopback", get("Host: 192.0.2.1:3000"), "port-host"],
    ["by two names", get(own, own), "malformed-request"],
    [
      "of a website's script",
      get(own, "Origin: https://attacker.example", "Sec-Fetch-Site: cross-site"),
      "port-cross-site",
    ],
    ["of a website's picture", get(own, "Sec-Fetch-Site: cross-site"), "port-cross-site"],
    [
      "of a link on a website",
      get(own, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"),
      "port-cross-site",
    ],
    [
      "of a website's WebSocket",
      get(own, "Upgrade: websocket", "Origin: http://attacker.example"),
      "port-cross-site",
    ],
    [
      "of a website's picture, with where it stands",
      get(
        own,
        "Sec-Fetch-Site: cross-site",
        "Referer: https://attacker.example/?http://localhost/",
      ),
      "port-cross-site",
    ],
    [
      "of a website's script, with a page of this machine's for a referrer",
      get(own, "Sec-Fetch-Site: cross-site", "Origin: null", "Referer: http://localhost/"),
      "port-cross-site",
    ],
    ["of a website's frame without an origin", get(own, "Origin: null"), "port-cross-site"],
    ["of an extension", get(own, "Origin: chrome-extension://abcdef"), "port-cross-site"],
    ["of a site that is no known one", get(own, "Sec-Fetch-Site: elsewhere"), "port-cross-site"],
    [
      "with two origins",
      get(own, "Origin: http://localhost", "Origin: http://x.example"),
      "malformed-request",
    ],
    ["with a host behind a space", get(own, "Sec-Fetch-Site : cross-site"), "malformed-request"],
    ["with two lengths", get(own, "Content-Length: 1", "Content-Length: 2"), "malformed-request"],
    [
      "of a website, on a page's connection",
      get(own) + get(own, "Sec-Fetch-Site: cross-site"),
      "port-cross-site",
    ],
    [
      "of a website, behind a page's body",
      `POST / HTTP/1.1\r\n${own}\r\nContent-Length: 3\r\n\r\nabc${get(own, "Sec-Fetch-Site: cross-site")}`,
      "port-cross-site",
    ],
    ["that is none, behind one", `${get(own)}\x81\x05hello\r\n\r\n`, "malformed-request"],
    [
      "with a head that never ends",
      `GET / HTTP/1.1\r\nX: ${"x".repeat(70_000)}`,
      "malformed-request",
    ],
    ["with a target that never ends", `GET /${"x".repeat(70_000)}`, "malformed-request"],
    ["with a method that hardly ends", `${"A".repeat(70_000)} / HTTP/1.1\r\n`, "malformed-request"],
    ["that is cut off in its first line", `GET /${"x".repeat(70)} HTTP/1.`, "malformed-request"],
    ["that is cut off", `GET / HTTP/1.1\r\n${own}\r\n`, "malformed-request"],
  ])("%s is refused", (_name, request, code) => expect(judged(request)).toBe(code));

  it.each([
    ["a page", own, "/a?b=c"],
    ["a page of localhost", "Host: localhost:3000", "/a?b=c"],
    ["a page of another name", "Host: other.localhost:3000", "/a?b=c"],
    ["a page of a name that only ends alike", "Host: not-me-k3x9q.localhost:3000", "/a?b=c"],
  ])("for %s is sent on to the bottle's own name", (_name, host, target) => {
    const page = get(host, "Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate");
    expect(judged(page)).toBe(`to http://${ownName}${target}`);
  });

  it.each(["me-k3x9q.localhost:3000", "ME-k3x9q.localhost:3000", "tenant.me-k3x9q.localhost:3000"])(
    "for a page of %s goes on",
    (host) => {
      const page = get(`Host: ${host}`, "Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate");
      expect(judged(page)).toBe(page);
    },
  );

  it("is sent on to nothing but a plain path of that name", () => {
    for (const target of ["http://attacker.example/", "*", "/a\rset-cookie:x", "/\xe9", "a"])
      expect(judged(`GET ${target} HTTP/1.1\r\n${own}\r\nSec-Fetch-Mode: navigate\r\n\r\n`)).toBe(
        `to http://${ownName}/`,
      );
    expect(judged(`GET //x.example/ HTTP/1.1\r\n${own}\r\nSec-Fetch-Mode: navigate\r\n\r\n`)).toBe(
      `to http://${ownName}//x.example/`,
    );
  });

  it("becomes free with an upgrade or a tunnel, and not before", () => {
    const frames = "\x81\x85\x01\x02\x03\x04hello GET / HTTP/1.1\r\nHost: attacker.example\r\n\r\n";
    const upgrade = get(own, "Connection: Upgrade", "Upgrade: websocket");
    expect(judged(upgrade, frames)).toBe(upgrade + frames);
    const tunnel = `CONNECT x.example:443 HTTP/1.1\r\n${own}\r\n\r\n`;
    expect(judged(tunnel + frames)).toBe(tunnel + frames);
  });

  it("is judged alike however it is cut", () => {
    const first = get(own, `Cookie: ${"c".repeat(80)}`);
    const cases = [
      first + get(own, "Sec-Fetch-Site: cross-site"),
      `${first}POST / HTTP/1.1\r\n${own}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n${first}`,
    ];
    for (const whole of cases) {
      const verdict = judged(whole);
      for (let at = 64; at < whole.length; at += 1)
        expect(judged(whole.slice(0, at), whole.slice(at)), String(at)).toBe(verdict);
      expect(judged(whole.slice(0, 64), ...whole.slice(64).split(""))).toBe(verdict);
    }
  });

  it("lets nothing of itself in before its head is whole", () => {
    const guard = openGuard(ownName);
    expect(guard.push(Buffer.from(`GET / HTTP/1.1\r\n${own}\r\n`)).length).toBe(0);
    expect(guard.admitted).toBe(false);
    expect(guard.push(Buffer.from("\r\n")).toString()).toBe(`GET / HTTP/1.1\r\n${own}\r\n\r\n`);
    expect(guard.admitted).toBe(true);
  });
});

describe("what is no HTTP", () => {
  it.each([
    ["a word without a line", "ping"],
    ["a line", "PING\r\n"],
    ["a line like a request", "get something\r\n"],
    ["a request that no browser ends like that", "GET / HTTP/1.0\n\n"],
    ["HTTP/2 by itself", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["bytes", Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]).toString("latin1")],
    ["a long text", "what ".repeat(40)],
  ])("goes on at once: %s", (_name, text) => {
    const guard = openGuard(ownName);
    expect(guard.push(Buffer.from(text, "latin1")).toString("latin1")).toBe(text);
    expect(guard.admitted).toBe(true);
  });

  it("goes on in the end where it is one long word", () => {
    for (const size of [64, 70_000, 200_000]) {
      const word = "x".repeat(size);
      expect(judged(word)).toBe(word);
      const later = get("Host: attacker.example");
      expect(judged(word, "\n", later)).toBe(`${word}\n${later}`);
      const guard = openGuard(ownName);
      guard.push(Buffer.from(word));
      expect(guard.admitted).toBe(false);
    }
    const guard = openGuard(ownName);
    guard.push(Buffer.from("A".repeat(70_000)));
    expect(() => guard.push(Buffer.from(" / HTTP/1.1\r\n"))).toThrow(Refusal);
  });

  it("goes on for ever, whatever follows", () => {
    const later = get("Host: attacker.example");
    expect(judged("ping", later)).toBe(`ping${later}`);
  });

  it("is refused where WebRTC looks for a way", () => {
    const stun = Buffer.from(
      "001c00010008 2112a442 0102030405060708090a0b0c 0006000475736572".replaceAll(" ", ""),
      "hex",
    );
    expect(judged(stun)).toBe("port-webrtc");
  });

  it("never throws anything but a refusal", () => {
    const words = fc.constantFrom(
      "GET / HTTP/1.1\r\n",
      own,
      "\r\n",
      "\r\n\r\n",
      "Upgrade: x",
      "\x16\x03\x01",
      "0\r\n\r\n",
      "Transfer-Encoding: chunked\r\n",
      "x".repeat(64),
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            words,
            fc.string(),
            fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
          ),
        ),
        (pieces) => {
          judged(...pieces.map((piece) => Buffer.from(piece, "latin1")));
        },
      ),
    );
  });
});

/** The first bytes that Node's own TLS client says. */
async function hello(servername: string | undefined, extra: object = {}): Promise<Buffer> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect({
    host: "127.0.0.1",
    port,
    ...(servername === undefined ? {} : { servername }),
    ...extra,
  });
  client.on("error", () => undefined);
  const [socket] = (await once(server, "connection")) as [Socket];
  const [bytes] = (await once(socket, "data")) as [Buffer];
  client.destroy();
  server.close();
  return bytes;
}

describe("a TLS greeting", () => {
  it("goes on whole where it is for this machine", async () => {
    for (const name of [undefined, "localhost", "me-k3x9q.localhost"]) {
      const bytes = await hello(name);
      expect(judged(bytes)).toBe(bytes.toString("latin1"));
      const cut = bytes.length >> 1;
      const guard = openGuard(ownName);
      expect(guard.push(bytes.subarray(0, cut)).length).toBe(0);
      expect(guard.push(bytes.subarray(cut)).equals(bytes)).toBe(true);
      const later = Buffer.from(get("Host: attacker.example"));
      expect(guard.push(later).equals(later)).toBe(true);
    }
  });

  it("is refused where it is for another name, also over several records", async () => {
    const bytes = await hello("attacker.example");
    expect(judged(bytes)).toBe("port-host");
    const message = bytes.subarray(5);
    const record = (part: Buffer): Buffer =>
      Buffer.concat([Buffer.from([0x16, 3, 1, part.length >> 8, part.length & 255]), part]);
    const cut = Buffer.concat([
      record(message.subarray(0, 3)),
      record(message.subarray(3, 90)),
      record(message.subarray(90)),
    ]);
    expect(readHello(cut)).toEqual({ name: "attacker.example" });
    expect(judged(cut)).toBe("port-host");
  });

  it("is refused where it is broken, and waited for no longer than it may be", async () => {
    const bytes = await hello("localhost");
    const broken = Buffer.from(bytes);
    broken[43] = 255;
    expect(judged(broken)).toBe("port-host");
    expect(judged(Buffer.from([0x16, 3, 1, 0, 4, 1, 1, 0, 1]))).toBe("port-host");
    expect(judged(bytes.subarray(0, 60))).toBe("malformed-request");
    expect(judged(Buffer.from([0x16, 3, 1, 0, 0]))).toBe("port-host");
  });

  it("is read without an error, whatever bytes come", async () => {
    const bytes = await hello("localhost");
    for (let at = 0; at < bytes.length; at += 1)
      for (const value of [0, 1, 255]) {
        const changed = Buffer.from(bytes);
        changed[at] = value;
        readHello(changed);
        readHello(changed.subarray(0, at));
      }
  });
});

describe("a server that speaks first", () => {
  const length = (text: string, port = 3000, whole = false): number =>
    greetingLength(Buffer.from(text, "latin1"), port, whole);

  it.each([
    "RFB 003.008\n",
    "220 mail.example ESMTP\r\n",
    "hello\n",
    "hi, what is it?",
    "SSH-2.0-OpenSSH_9.6\r\n",
    "J\0\0\0\n8.0.36\0",
  ])("is heard: %j", (text) => expect(length(text)).toBe(text.length));

  it.each([
    ["HTTP/1.1 200 OK\r\n", 0],
    ["http/1.1 200 OK\r\n", 0],
    ["ICY 200 OK\r\n", 0],
    ["\r\n\r\nHTTP/1.1 200 OK\r\n", 4],
    ["abcdefghijkHTTP/1.1 200 OK\r\n", 11],
    ["HT", 0],
    ["hello ht", 6],
    ["abcdefghijkh", 11],
  ])("is not heard where a browser could take it for an answer: %j", (text, some) =>
    expect(length(text)).toBe(some),
  );

  it("is heard to its end where nothing follows", () => {
    expect(length("hello ht", 3000, true)).toBe(8);
    expect(length("HTTP/1.0 200 OK\r\n", 3000, true)).toBe(0);
  });

  it("is not heard on the port where a browser takes anything for an answer", () => {
    expect(length("220 mail.example ESMTP\r\n", 80)).toBe(0);
  });
});
