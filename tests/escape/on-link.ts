/** Attacks of a bottle that is on a network, with everything that a process without capabilities may do to a socket. */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { localAddresses } from "../../src/proof/host-addresses.ts";
import { listenEverywhere, resolveInPlace } from "../support/docker/listeners.ts";
import type { TestPlace } from "../support/docker/place.ts";
import { notApplicable } from "../support/require.ts";
import type { Proven } from "./proof.ts";

/** Past the routes: out of the interface itself (socket(7), ip(7)). Prints what became of each. */
const onLink = `
import socket, struct, sys, errno
port, hosts = int(sys.argv[1]), sys.argv[2:]
index = socket.if_nametoindex("eth0")
DONTROUTE, DEVICE, BROADCAST = (1, 5, 1), (1, 25, b"eth0"), (1, 6, 1)
UNICAST_IF = (0, 50, struct.pack("!I", index))
def udp(name, options, host, flags=0, info=False):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        for option in options: s.setsockopt(*option)
        data = (name + " " + host).encode()
        if info: s.sendmsg([data], [(0, 8, struct.pack("=i4s4s", index, bytes(4), bytes(4)))], flags, (host, port))
        else: s.sendto(data, flags, (host, port))
        print(name, host, "sent")
    except OSError as e: print(name, host, errno.errorcode.get(e.errno, e.errno))
def tcp(name, options, host):
    s = socket.socket(); s.settimeout(5)
    try:
        for option in options: s.setsockopt(*option)
        s.connect((host, port)); s.send(name.encode()); print(name, host, "connected")
    except OSError as e: print(name, host, errno.errorcode.get(e.errno, e.errno))
for host in hosts:
    udp("plain", [], host)
    udp("bound", [DEVICE], host)
    udp("bound-unrouted", [DEVICE, DONTROUTE], host)
    udp("unicast-if", [UNICAST_IF, DONTROUTE], host)
    udp("packet-info", [], host, 4, True)
    tcp("tcp-plain", [], host)
    tcp("tcp-bound-unrouted", [DEVICE, DONTROUTE], host)
for host in ("255.255.255.255", "224.0.0.1", "224.0.0.251"):
    udp("everybody", [BROADCAST, DEVICE], host)
`;

/** Every port of the gateway that takes a connection. */
const scan = `
import socket, sys, selectors, errno
host, opened, other = sys.argv[1], [], set()
for first in range(1, 65536, 512):
    wait = selectors.DefaultSelector()
    left = 0
    for port in range(first, min(first + 512, 65536)):
        s = socket.socket(); s.setblocking(False)
        code = s.connect_ex((host, port))
        if code == errno.EINPROGRESS: wait.register(s, selectors.EVENT_WRITE, port); left += 1
        elif code == 0: opened.append(port)
        else: other.add(code)
    while left:
        found = wait.select(3)
        if not found: opened.append("silent"); break
        for key, _ in found:
            code = key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0: opened.append(key.data)
            else: other.add(code)
            wait.unregister(key.fileobj); key.fileobj.close(); left -= 1
print(opened, [errno.errorcode[one] for one in other])
`;

export interface OnLinkOptions {
  readonly place: () => TestPlace;
  readonly prove: (open?: string) => Promise<Proven>;
  /** Why a case that asks for many neighbours is left out: the wire behind is the same. */
  readonly slow?: string;
  /** Why no bottle reaches the daemon's own name server. */
  readonly noNameServer?: string;
}

export function onLinkAttacks(options: OnLinkOptions): void {
  const { place, prove, noNameServer, slow } = options;
  const addresses = (): readonly string[] => {
    const [program, ...args] = place().enter(["cat", "/proc/net/fib_trie"]);
    return localAddresses(execFileSync(program, args, { encoding: "utf8" }));
  };

  describe("the machine behind a bottle's bridge", () => {
    it("hears nothing from inside, at no address of its own and by no way of sending", async () => {
      await using proven = await prove();
      await using listener = await listenEverywhere(place());
      const hosts = addresses();
      expect(hosts.length).toBeGreaterThanOrEqual(3);
      const argv = ["/usr/bin/python3", "-c", onLink, String(listener.port), ...hosts];
      const { stdout } = await proven.bottle.talk.exec(argv);
      expect(stdout).not.toContain("connected");
      expect(stdout.match(/^tcp-\S+ \S+ (EHOSTUNREACH|ENETUNREACH)$/gm)).toHaveLength(
        hosts.length * 2,
      );
      expect(await listener.heard()).toEqual([]);
    });

    it("would hear it where the host was not made deaf to that bridge", async (context) => {
      if (slow !== undefined) notApplicable(context, slow);
      await using proven = await prove("link-layer");
      await using listener = await listenEverywhere(place());
      const argv = ["/usr/bin/python3", "-c", onLink, String(listener.port), ...addresses()];
      await proven.bottle.talk.exec(argv);
      const heard = await listener.heard();
      for (const way of ["bound-unrouted", "packet-info", "everybody"])
        expect(heard.some((line) => line.startsWith(`udp ${way}`))).toBe(true);
    });
  });

  describe("the gateway on a bottle's network", () => {
    it("answers at its doors and at no other port", async (context) => {
      if (slow !== undefined) notApplicable(context, slow);
      await using proven = await prove();
      const gateway = proven.bottle.running.network?.gateway ?? "";
      const { stdout } = await proven.bottle.talk.exec(["/usr/bin/python3", "-c", scan, gateway]);
      expect(stdout).toBe("[4180] ['ECONNREFUSED']\n");
    });
  });

  describe("the name server of the Docker daemon", () => {
    it("is never asked for a bottle", async () => {
      await using resolver = await resolveInPlace(place());
      await using proven = await prove();
      expect(proven.bottle.verdict.ok).toBe(true);
      expect(await resolver.heard()).toEqual([]);
    });

    it("would be asked where the bottle had no name server of its own, and the proof tells", async (context) => {
      if (noNameServer !== undefined) notApplicable(context, noNameServer);
      await using resolver = await resolveInPlace(place());
      await using proven = await prove("name-server");
      expect(proven.failed).toEqual(["dns-embedded"]);
      expect((await resolver.heard()).some((line) => line.includes("probe.canary"))).toBe(true);
    });
  });
}
