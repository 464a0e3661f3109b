/** Attacks of a bottle that shares its network with its gateway, and is held from it by a firewall alone. */
import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { localAddresses } from "../../src/proof/host-addresses.ts";
import { listenEverywhere } from "../support/docker/listeners.ts";
import type { TestPlace } from "../support/docker/place.ts";
import type { Proven } from "./proof.ts";

/** Every kind of socket that asks for no capability, by every way out of the interface. Prints what became of each. */
const ways = `
import socket, sys, errno
port, hosts = int(sys.argv[1]), sys.argv[2:]
DEVICE, DONTROUTE, BROADCAST = (1, 25, b"eth0"), (1, 5, 1), (1, 6, 1)
def told(name, host, act):
    try: print(name, host, act())
    except OSError as e: print(name, host, errno.errorcode.get(e.errno, e.errno))
def stream(proto, options, host):
    def act():
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, proto); s.settimeout(5)
        for option in options: s.setsockopt(*option)
        s.connect((host, port)); s.send(b"tcp"); return "connected"
    return act
def fast(host):
    def act():
        s = socket.socket(); s.settimeout(5)
        s.sendto(b"fast", 0x20000000, (host, port)); return "sent"
    return act
def datagram(proto, options, host):
    def act():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, proto)
        for option in options: s.setsockopt(*option)
        s.sendto(b"udp", (host, port)); return "sent"
    return act
for host in hosts:
    told("tcp", host, stream(0, [], host))
    told("tcp-bound", host, stream(0, [DEVICE, DONTROUTE], host))
    told("mptcp", host, stream(262, [], host))
    told("fast-open", host, fast(host))
    told("udp", host, datagram(0, [], host))
    told("udp-bound", host, datagram(0, [DEVICE, DONTROUTE], host))
    told("udp-lite", host, datagram(136, [], host))
for host in ("255.255.255.255", "224.0.0.1"):
    told("everybody", host, datagram(0, [BROADCAST, DEVICE], host))
`;

/** The agent's own servers, at addresses of its loopback; and a connection to each. */
const servers = `
import socket
for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    server = socket.socket(family); server.bind((host, 0)); server.listen()
    client = socket.create_connection(server.getsockname()[:2], 5)
    here, _ = server.accept()
    client.sendall(b"hello"); client.shutdown(socket.SHUT_WR); client.close()
    print(host, here.recv(9).decode())
`;

/** Takes one caller, for the time of the test. */
const waits = `
import socket, sys
server = socket.socket(); server.bind(("0.0.0.0", 8099)); server.listen(); print("up", flush=True)
server.accept(); print("called", flush=True)
`;

const scan = `
import socket
opened, other = [], set()
for port in range(1, 65536):
    s = socket.socket(); s.settimeout(5)
    try:
        s.connect(("127.0.0.1", port))
        # A socket may happen to call itself: its own port is the kernel's to choose.
        if s.getsockname() != s.getpeername(): opened.append(port)
    except OSError as e: other.add(type(e).__name__)
    s.close()
print(opened, sorted(other))
`;

/** Everything of another uid that a process could see or open. */
const look = `
import os
mine, others = os.getuid(), []
for name in os.listdir("/proc"):
    if not name.isdigit(): continue
    try: uid = os.stat("/proc/" + name).st_uid
    except OSError: continue
    if uid != mine: others.append((name, uid))
print("others", others)
`;

/** Reads of a process by its number on the host: ptrace(2) and process_vm_readv(2), and its files under /proc. */
const reach = `
import ctypes, errno, os, sys
libc, pid = ctypes.CDLL(None, use_errno=True), int(sys.argv[1])
def told(name, code): print(name, "done" if code >= 0 else errno.errorcode[ctypes.get_errno()])
told("ptrace", libc.ptrace(16, pid, None, None))
space = (ctypes.c_size_t * 2)(ctypes.addressof(ctypes.create_string_buffer(8)), 8)
told("read", libc.process_vm_readv(pid, space, 1, space, 1, 0))
for file in ("environ", "mem", "maps", "root/opt/claude-bottle/gateway-host.js"):
    try: open("/proc/%d/%s" % (pid, file), "rb").read(1); print(file, "read")
    except OSError as e: print(file, errno.errorcode[e.errno])
`;

/** As whoever listens where the Engine's name server is: an answer that nobody asked for. */
const forge = `
import socket, errno
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.11", 0))
for host in ("127.0.0.1", "127.0.0.11"):
    try: s.sendto(b"x", (host, 40000)); print("sent")
    except OSError as e: print(errno.errorcode[e.errno])
`;

export interface BesideOptions {
  readonly place: () => TestPlace;
  readonly prove: (open?: string) => Promise<Proven>;
}

export function besideAttacks({ place, prove }: BesideOptions): void {
  const addresses = (): readonly string[] => {
    const [program, ...args] = place().enter(["cat", "/proc/net/fib_trie"]);
    return localAddresses(execFileSync(program, args, { encoding: "utf8" }));
  };
  const run = async (proven: Proven, script: string, ...args: readonly string[]) =>
    (await proven.bottle.talk.exec(["/usr/bin/python3", "-c", script, ...args])).stdout;
  const pidOf = (proven: Proven): number => proven.bottle.running.pid ?? 0;
  /** In the network that both share, as the gateway's uid. */
  const asGateway = (proven: Proven, host: string, port: number): string =>
    execFileSync(
      "nsenter",
      [
        `--net=/proc/${pidOf(proven)}/ns/net`,
        ...[
          "setpriv",
          "--reuid=65532",
          "--regid=65532",
          "--clear-groups",
          "/usr/bin/python3",
          "-c",
        ],
        `import socket,sys\ntry: socket.create_connection((sys.argv[1], int(sys.argv[2])), 5); print("connected")\nexcept OSError as e: print(type(e).__name__)`,
        ...[host, String(port)],
      ],
      { encoding: "utf8" },
    ).trim();

  describe("the firewall between a bottle and its gateway", () => {
    it("lets nothing of the agent's out, by no kind of socket, and the gateway's", async () => {
      await using proven = await prove();
      await using listener = await listenEverywhere(place());
      const hosts = addresses().filter((host) => !host.startsWith("127."));
      expect(hosts.length).toBeGreaterThanOrEqual(2);
      const stdout = await run(proven, ways, String(listener.port), ...hosts);
      expect(stdout.split("\n").length).toBe(hosts.length * 7 + 3);
      expect(stdout).not.toMatch(/ (connected|sent)$/m);
      expect(stdout).not.toMatch(/timed|TIMEDOUT|None/);
      expect(stdout.match(/^tcp \S+ ECONNREFUSED$/gm)).toHaveLength(hosts.length);
      expect(stdout.match(/^udp \S+ EPERM$/gm)).toHaveLength(hosts.length);
      expect(await listener.heard()).toEqual([]);
      expect(asGateway(proven, hosts[0] ?? "", listener.port)).toBe("connected");
    });

    it("would let it out where it was forgotten, and the proof tells", async () => {
      await using proven = await prove("firewall");
      await using listener = await listenEverywhere(place());
      const hosts = addresses().filter((host) => !host.startsWith("127."));
      await run(proven, ways, String(listener.port), ...hosts);
      expect(await listener.heard()).toContain("tcp tcp");
      expect(proven.bottle.verdict.ok).toBe(false);
      expect(proven.failed).toEqual(
        expect.arrayContaining(["tcp-interface", "udp-interface", "host-addresses"]),
      );
    });

    it("leaves the agent its own servers on the loopback, and no door but the gateway's", async () => {
      await using proven = await prove();
      expect(await run(proven, servers)).toBe("127.0.0.1 hello\n::1 hello\n");
      expect(await run(proven, scan)).toBe("[4180] ['ConnectionRefusedError']\n");
    });

    it("keeps the gateway from calling the agent, who would be sent a credential", async () => {
      await using proven = await prove();
      const { talk } = proven.bottle;
      talk.send({
        ...{ type: "exec", exec: 800, argv: ["/usr/bin/python3", "-c", waits] },
        ...{ env: {}, cwd: "/" },
      });
      await talk.message("exec-output", ({ exec }) => exec === 800);
      expect(asGateway(proven, "127.0.0.1", 8099)).toBe("ConnectionRefusedError");
      const [own = ""] = execFileSync(
        "nsenter",
        [`--net=/proc/${pidOf(proven)}/ns/net`, "hostname", "-I"],
        { encoding: "utf8" },
      ).split(" ");
      expect(own).toMatch(/^198\.19\./);
      expect(asGateway(proven, own, 8099)).toBe("ConnectionRefusedError");
    });

    it("takes no answer of the Engine's name server from anybody else", async () => {
      await using proven = await prove();
      expect(await run(proven, forge)).toBe("EPERM\nEPERM\n");
    });
  });

  describe("the gateway beside a bottle", () => {
    it("has another uid, and no process, memory or file that the agent can see", async () => {
      await using proven = await prove();
      const gateway = gatewayPid(pidOf(proven));
      const uidOf = (pid: number): string | undefined =>
        /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      expect(uidOf(gateway)).toBe("65532");
      expect(uidOf(pidOf(proven))).not.toBe("65532");
      expect(readFileSync(`/proc/${gateway}/status`, "utf8")).toMatch(/^CapBnd:\s+0+$/m);
      expect(await run(proven, look)).toBe("others []\n");
      expect(await run(proven, reach, String(gateway))).toBe(
        "ptrace ESRCH\nread ESRCH\nenviron ENOENT\nmem ENOENT\nmaps ENOENT\nroot/opt/claude-bottle/gateway-host.js ENOENT\n",
      );
    });
  });
}

/** The other one in that network. */
function gatewayPid(bottle: number): number {
  const network = readlinkSync(`/proc/${bottle}/ns/net`);
  const found = execFileSync("pgrep", ["-u", "65532"], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map(Number)
    .find((pid) => readlinkSync(`/proc/${pid}/ns/net`) === network);
  if (found === undefined) throw new Error("no gateway is in the bottle's network");
  return found;
}
