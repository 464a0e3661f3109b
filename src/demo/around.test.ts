import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCertificateAuthority } from "../gateway/tls/authority.ts";
import { openDemoCanary } from "./canary.ts";
import { knockScript, readKnocks } from "./knock.ts";
import type { Knock } from "./knock.ts";
import { startSink } from "./sink.ts";

const run = promisify(execFile);
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "demo-test-"));
  await writeFile(join(folder, "knock.mjs"), knockScript);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function knock(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Knock | undefined> {
  const { stdout } = await run(process.execPath, [join(folder, "knock.mjs"), ...args], { env });
  return readKnocks(stdout)[0];
}

/** A proxy that leads CONNECT to port 1 to a server of ours, and refuses the rest as the gateway does. */
async function startProxy(serverPort: number): Promise<{ url: string; close: () => void }> {
  const server = createServer().on("connect", (request, socket) => {
    const port = Number(request.url?.split(":")[1]);
    if (port !== 1) {
      socket.end(
        "HTTP/1.1 403 Forbidden\r\nx-claude-bottle: host-not-allowed\r\ncontent-length: 0\r\n\r\n",
      );
      return;
    }
    const upstream = connect(serverPort, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  };
}

describe("the agent's knocking client and the sink", () => {
  it("reach each other by CONNECT and TLS, with header and body", async () => {
    const certificates = createCertificateAuthority({ names: ["localhost"], now: new Date() });
    await writeFile(join(folder, "ca.pem"), certificates.caPem);
    await using sink = await startSink(certificates);
    const proxy = await startProxy(sink.port);
    const env = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") };
    const taken = await knock(
      ["https://localhost:1/here", "-H", "x-mine: yes", "-d", "the body"],
      env,
    );
    const denied = await knock(["https://denied.example/"], env);
    proxy.close();
    expect(taken).toEqual({ status: 200, body: "taken" });
    expect(sink.requests).toHaveLength(1);
    expect(sink.requests[0]).toMatch(/^POST \/here [^\n]*x-mine yes[^\n]*\nthe body$/);
    expect(denied).toEqual({ status: 403, code: "host-not-allowed" });
  });

  it("report the errno of a closed port", async () => {
    expect(await knock(["tcp://127.0.0.1:1"])).toEqual({ error: "ECONNREFUSED" });
  });
});

describe("the demo's canary", () => {
  it("is silent after its control run, and counts what touches it", async () => {
    await using canary = await openDemoCanary();
    expect(canary.touches()).toBe(0);
    expect(await knock(canary.tcp.map((one) => `tcp://${one}`))).toEqual({ body: "connected" });
    const socket = createSocket("udp4");
    const port = Number(canary.udp[0]?.split(":")[1]);
    await new Promise((resolve) => socket.send("x", port, "127.0.0.1", resolve));
    socket.close();
    await expect.poll(() => canary.touches()).toBe(2);
  });
});

describe("lines of the knocking client", () => {
  it("are read by shape only, whatever else the bottle prints", () => {
    const hostile = 'noise\n{"status":"200","code":7}\n{broken\n[1]\n{"status":403,"code":"x"}';
    expect(readKnocks(hostile)).toEqual([{}, { status: 403, code: "x" }]);
  });
});
