/** An agent's server in a real browser: its own page works whole, and a website in another tab gets nothing. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hostAddresses } from "../../src/proof/host-addresses.ts";
import { openTestHome } from "../support/bottle.ts";
import { startPortsBottle, untilServed } from "../support/ports.ts";
import { lacksProgram, need } from "../support/require.ts";
import { chromium, openChromium } from "./support/chromium.ts";
import type { Tab } from "./support/chromium.ts";

/** A development server that opens itself to everybody, and notes what it was asked for. */
const server = `
const { createHash } = require("node:crypto");
const { appendFileSync, readFileSync } = require("node:fs");
const server = require("node:http").createServer((request, response) => {
  if (request.url === "/seen") return response.end(readFileSync("seen"));
  appendFileSync("seen", request.url + "\\n");
  response.setHeader("Access-Control-Allow-Origin", "*");
  response.setHeader("Content-Type", "text/html");
  response.end("<title>agent</title>secret");
});
server.on("upgrade", (request, socket) => {
  appendFileSync("seen", request.url + "\\n");
  const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n");
  socket.write(Buffer.from([0x81, 5, ...Buffer.from("hello")]));
});
server.listen(3000, "127.0.0.1");
require("node:net").createServer((socket) => {
  socket.on("error", () => {});
  socket.write("HTTP/1.1 200 OK\\r\\nAccess-Control-Allow-Origin: *\\r\\nContent-Length: 6\\r\\n\\r\\nsecret");
}).listen(3001, "127.0.0.1");
`;

const webSocket = (url: string): string =>
  `new Promise((done) => { const socket = new WebSocket("${url}"); socket.onmessage = ({ data }) => done("heard " + data); socket.onerror = () => done("no socket"); })`;

describe("a port of a bottle, in a browser", () => {
  test("shows the agent's page, which fetches and has a WebSocket, under a name of its own", async (context) => {
    need(context, lacksProgram(chromium));
    await using home = await openTestHome();
    const rung = "namespace";
    await using bottle = await startPortsBottle({ home, rung, ports: ["0:3000"], server });
    const [port = 0] = bottle.ports;
    await untilServed(port);
    await using browser = await openChromium([]);
    const name = `http://${bottle.run.bottle.id}.localhost:${port}`;
    for (const host of [`${bottle.run.bottle.id}.localhost`, "127.0.0.1", "localhost"]) {
      const tab = await browser.open(`http://${host}:${port}/page?a=b`);
      expect(await tab.evaluate("document.title")).toBe("agent");
      // Whatever it was called by: no page of the agent's is of the origin of the owner's own servers.
      expect(await tab.evaluate("location.href")).toBe(`${name}/page?a=b`);
      expect(
        await tab.evaluate(`fetch("/api", { method: "POST", body: "x" }).then((r) => r.status)`),
      ).toBe("200");
      expect(await tab.evaluate(webSocket(`ws://${host}:${port}/hmr`))).toBe("heard hello");
      await tab.evaluate(`(location.href = "http://localhost:${port}/linked", 0)`);
      await expect.poll(() => tab.evaluate("location.href")).toBe(`${name}/linked`);
    }
  });

  test("gives a website nothing, by whatever way it asks", async (context) => {
    need(context, lacksProgram(chromium));
    const site = createServer((_request, response) => {
      response.setHeader("content-type", "text/html");
      response.end("<title>attacker</title>");
    }).listen(0, "127.0.0.1");
    await once(site, "listening");
    const attacker = `http://attacker.example:${(site.address() as AddressInfo).port}/`;
    await using home = await openTestHome();
    const rung = "namespace";
    await using bottle = await startPortsBottle({
      home,
      rung,
      ports: ["0:3000", "0:3001"],
      server,
    });
    const [port = 0, hasty = 0] = bottle.ports;
    await untilServed(port);
    await using browser = await openChromium(["attacker.example", "rebound.example"]);
    // Connections of the owner's own tab are there to be used: Chromium does so across sites.
    const own = await browser.open(`http://127.0.0.1:${port}/own`);
    await own.evaluate(`Promise.all([1, 2, 3].map(() => fetch("/own")))`);
    const tab = await browser.open(attacker);
    expect(await tab.evaluate("document.title")).toBe("attacker");

    const url = `http://127.0.0.1:${port}/stolen`;
    const refused = "TypeError: Failed to fetch";
    const read = `.then((r) => r.text())`;
    expect(await tab.evaluate(`fetch("${url}")${read}`)).toBe(refused);
    expect(await tab.evaluate(`fetch("${url}", { method: "POST", body: "x" })${read}`)).toBe(
      refused,
    );
    expect(await tab.evaluate(`fetch("${url}", { method: "STEAL" })${read}`)).toBe(refused);
    expect(await tab.evaluate(`fetch("http://x.localhost:${port}/stolen")${read}`)).toBe(refused);
    await tab.evaluate(`fetch("${url}", { mode: "no-cors" })`);
    await tab.evaluate(`fetch("${url}", { mode: "no-cors", method: "POST", body: "x" })`);
    expect(await tab.evaluate(webSocket(`ws://127.0.0.1:${port}/stolen`))).toBe("no socket");
    for (const tag of ["img", "script", "iframe"])
      await tab.evaluate(
        `new Promise((done) => { const it = document.createElement("${tag}"); it.onload = it.onerror = done; it.src = "${url}"; document.body.append(it); })`,
      );
    // Its answer is there before the question.
    expect(await tab.evaluate(`fetch("http://127.0.0.1:${hasty}/stolen")${read}`)).toBe(refused);
    await tab.evaluate(
      `(document.head.insertAdjacentHTML("beforeend", '<link rel=preconnect crossorigin href="http://127.0.0.1:${hasty}">'), new Promise((done) => setTimeout(done, 500)))`,
    );
    expect(await tab.evaluate(`fetch("http://127.0.0.1:${hasty}/stolen")${read}`)).toBe(refused);
    // A name of the attacker's that leads here makes one origin of his page and the port.
    const rebound = await browser.open(`http://rebound.example:${port}/stolen`);
    expect(await rebound.evaluate("document.body.innerText")).toContain("port-host");
    const long = `fetch("/stolen", { method: "A".repeat(100000) })${read}`;
    expect(await rebound.evaluate(long)).not.toContain("secret");
    await tab.goTo(attacker);
    await tab.evaluate(`(location.href = "${url}", 0)`);
    await expect.poll(() => tab.evaluate("document.body.innerText")).toContain("port-cross-site");

    expect(await own.evaluate(`fetch("/own")${read}`)).toContain("secret");
    const seen = await own.evaluate(`fetch("/seen")${read}`);
    expect(seen).toContain("/own\n");
    expect(seen).not.toContain("stolen");
    site.close();
  });

  test("shows it to a browser that docs/ports.md starts so that it reaches nothing else", async (context) => {
    need(context, lacksProgram(chromium));
    const heard: string[] = [];
    const outside = createServer((request, response) => {
      heard.push(`http ${request.headers.host}`);
      response.end();
    }).listen(0, "0.0.0.0");
    await once(outside, "listening");
    const stun = createSocket("udp4").on("message", () => void heard.push("udp"));
    stun.bind(0, "0.0.0.0");
    await once(stun, "listening");
    const { port: http } = outside.address() as AddressInfo;
    const { port: udp } = stun.address();
    const address = hostAddresses(networkInterfaces()).get("interface") ?? "127.0.0.1";
    await using home = await openTestHome();
    const rung = "namespace";
    await using bottle = await startPortsBottle({ home, rung, ports: ["0:3000"], server });
    const [port = 0] = bottle.ports;
    await untilServed(port);
    const page = `${bottle.run.bottle.id}.localhost:${port}`;
    const flags = await recipe(page);
    expect(flags.length).toBeGreaterThanOrEqual(4);

    const sendAway = async (tab: Tab): Promise<void> => {
      for (const host of [address, "127.0.0.1", "localhost", "other.localhost"])
        await tab.evaluate(`fetch("http://${host}:${http}/", { mode: "no-cors" })`);
      await tab.evaluate(webSocket(`ws://${address}:${http}/`));
      await tab.evaluate(
        `(async () => { const peer = new RTCPeerConnection({ iceServers: [{ urls: "stun:${address}:${udp}" }] }); peer.createDataChannel("x"); const over = new Promise((done) => (peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done())); await peer.setLocalDescription(await peer.createOffer()); await Promise.race([over, new Promise((done) => setTimeout(done, 5000))]); })()`,
      );
    };
    {
      await using browser = await openChromium([]);
      await sendAway(await browser.open(`http://${page}/`));
      expect(new Set(heard).size).toBeGreaterThanOrEqual(4);
      expect(heard).toContain("udp");
    }
    heard.length = 0;
    await using browser = await openChromium([], flags);
    const tab = await browser.open(`http://${page}/`);
    expect(await tab.evaluate("document.title")).toBe("agent");
    expect(await tab.evaluate(`fetch("/api").then((r) => r.status)`)).toBe("200");
    await sendAway(tab);
    expect(heard).toEqual([]);
    outside.close();
    stun.close();
  });
});

/** The flags of the page's shell block, but for the profile. */
async function recipe(page: string): Promise<readonly string[]> {
  const text = await readFile(join(import.meta.dirname, "../../docs/ports.md"), "utf8");
  const [, command = ""] = /^chromium ((?:.*\\\n)*.*)$/m.exec(text) ?? [];
  const words = command.replaceAll("\\\n", " ").match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
  return words
    .map((word) => word.replaceAll('"', "").replaceAll("$page", page))
    .filter((word) => word.startsWith("--") && !word.startsWith("--user-data-dir"));
}
