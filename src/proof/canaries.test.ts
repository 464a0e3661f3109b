import { createSocket } from "node:dgram";
import { once } from "node:events";
import { access, mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import type { NetConnectOpts, Socket } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProbeTargets } from "../helper/protocol.ts";
import { openCanaries } from "./canaries.ts";
import type { Canaries, CanaryOptions } from "./canaries.ts";
import { dnsQuery, dnsQuestion } from "./dns-message.ts";
import { hostAddresses } from "./host-addresses.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "bottle-canary-"));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

function open(changes: Partial<CanaryOptions> = {}): Promise<Canaries> {
  return openCanaries({
    runDir: dir,
    interfaces: networkInterfaces(),
    hiddenPaths: { home: "/h", record: "/r", control: "/c" },
    hostPid: process.pid,
    allowedAuthority: null,
    workspace: "/work/x",
    ...changes,
  });
}

/** Touches one canary as a stranger would. */
type Touch = (targets: ProbeTargets) => Promise<void>;

async function touchStream(place: NetConnectOpts): Promise<void> {
  const socket: Socket = connect(place);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.destroy();
}

async function touchDatagram(
  targets: ProbeTargets["udp"],
  name: string,
  message: Buffer,
): Promise<void> {
  const target = targets.find((candidate) => candidate.name === name);
  const socket = createSocket(target?.address.includes(":") === true ? "udp6" : "udp4");
  await new Promise<void>((done, fail) => {
    socket.send(message, target?.port ?? 0, target?.address, (error) =>
      error === null ? done() : fail(error),
    );
  });
  socket.close();
}

function touches(): readonly (readonly [string, Touch])[] {
  const places = [...hostAddresses(networkInterfaces()).keys()];
  return [
    ...places.map((place): [string, Touch] => [
      `tcp-${place}`,
      ({ tcp }) => {
        const target = tcp.find(({ name }) => name === place);
        return touchStream({ host: target?.address ?? "", port: target?.port ?? 0 });
      },
    ]),
    ...places.map((place): [string, Touch] => [
      `udp-${place}`,
      ({ udp }) => touchDatagram(udp, place, Buffer.from("hello")),
    ]),
    ...places
      .filter((place) => !place.endsWith("ipv6"))
      .map((place): [string, Touch] => [
        `dns-${place}`,
        ({ dns, dnsName }) => touchDatagram(dns, place, dnsQuery(dnsName)),
      ]),
    ...[true, false].map((abstract): [string, Touch] => [
      abstract ? "unix-abstract" : "unix-path",
      ({ unix }) => {
        const path = unix.find((target) => target.abstract === abstract)?.path ?? "";
        return touchStream({ path: abstract ? `\0${path}` : path });
      },
    ]),
  ];
}

describe("the canaries", () => {
  it("are silent when nobody but the control runs reached them", async () => {
    await using canaries = await open();
    const { states } = await canaries.report();
    const own = touches().map(([name]) => name);
    for (const name of own) expect([name, states.get(name)]).toEqual([name, "silent"]);
    expect(canaries.touched()).toEqual([]);
  });

  it.each(touches())("tell that a stranger reached %s, and only that one", async (name, touch) => {
    await using canaries = await open();
    await touch(canaries.targets());
    const { states } = await canaries.report();
    expect(states.get(name)).toBe("touched");
    expect(canaries.touched()).toEqual([name]);
  });

  it("hear a stranger who connects, says nothing and stays", async () => {
    await using canaries = await open();
    const target = canaries.targets().tcp.find(({ name }) => name === "loopback");
    const socket = connect({ host: target?.address ?? "", port: target?.port ?? 0 });
    await once(socket, "connect");
    expect((await canaries.report()).states.get("tcp-loopback")).toBe("touched");
    socket.destroy();
  });

  it("are absent where the host has no such address, and say so", async () => {
    const lo = networkInterfaces()["lo"]?.filter(({ family }) => family === "IPv4") ?? [];
    await using canaries = await open({ interfaces: { lo } });
    const { states } = await canaries.report();
    expect(states.get("tcp-loopback")).toBe("silent");
    for (const name of ["tcp-interface", "udp-loopback-ipv6", "dns-interface"])
      expect(states.get(name)).toBe("absent");
    expect(canaries.targets().tcp.map(({ name }) => name)).toEqual(["loopback"]);
  });

  it("are unknown, and so fail their probes, where the host says it has an address that is not there", async () => {
    const [entry] = networkInterfaces()["lo"] ?? [];
    if (entry === undefined) throw new Error("a host without loopback");
    const ghost = { ...entry, address: "192.0.2.99", internal: false, family: "IPv4" as const };
    await using canaries = await open({ interfaces: { lo: [entry], eth9: [ghost] } });
    expect((await canaries.report()).states.get("tcp-interface")).toBe(undefined);
  });

  it("give the bottle no word that would let it pass for the control run", async () => {
    await using canaries = await open();
    const targets = JSON.stringify(canaries.targets());
    expect(targets).not.toMatch(/[0-9a-f]{32}/);
  });

  it("leave no socket behind", async () => {
    const canaries = await open();
    expect(await readdir(dir)).toHaveLength(1);
    const path = canaries.targets().unix.find(({ abstract }) => !abstract)?.path ?? "";
    await access(path);
    await canaries[Symbol.asyncDispose]();
    expect(await readdir(dir)).toEqual([]);
  });
});

describe("a DNS question", () => {
  it("comes back as the name that was asked for", () => {
    expect(dnsQuestion(dnsQuery("a.bc.def.invalid"))).toBe("a.bc.def.invalid");
  });

  it("is none in a message cut anywhere", () => {
    const whole = dnsQuery("a.bc.invalid");
    const end = whole.length - 5;
    for (let length = 0; length <= end; length += 1)
      expect(dnsQuestion(whole.subarray(0, length))).toBe(undefined);
  });

  it("is none where a label is a pointer", () => {
    expect(dnsQuestion(Buffer.concat([Buffer.alloc(12), Buffer.of(0xc0, 0x0c, 0)]))).toBe(
      undefined,
    );
  });
});
