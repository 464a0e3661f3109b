/** The rules that every filter of this backend has, and the words in which they are said (seccomp.json of the OCI runtime specification). */
import { complementOf } from "./complement.ts";

export type Operator = "SCMP_CMP_EQ" | "SCMP_CMP_NE" | "SCMP_CMP_MASKED_EQ";

export interface Argument {
  readonly index: number;
  readonly op: Operator;
  /** For `SCMP_CMP_MASKED_EQ` the mask. */
  readonly value: number;
  readonly valueTwo?: number;
}

export interface Rule {
  readonly names: readonly string[];
  readonly action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO";
  readonly errnoRet?: number;
  readonly args?: readonly Argument[];
}

/** The kernel looks at the low half of an int argument only, and so do these rules. */
const low = 0xffffffff;

/** The bits of an argument that `mask` has are those of `value`. */
export function bits(index: number, mask: number, value: number): Argument {
  return { index, op: "SCMP_CMP_MASKED_EQ", value: mask >>> 0, valueTwo: value >>> 0 };
}

/** An int argument. */
export function is(index: number, value: number): Argument {
  return bits(index, low, value);
}

/** A call that is allowed with such arguments. */
export function allow(name: string, ...args: readonly Argument[]): Rule {
  return { names: [name], action: "SCMP_ACT_ALLOW", args };
}

/** TIOCSTI types into a terminal, TIOCLINUX does so on a console, TIOCSETD loads line disciplines (asm-generic/ioctls.h). */
const terminalRequests = [0x5412, 0x541c, 0x5423] as const;

/** CLONE_NEWNS|CGROUP|UTS|IPC|USER|PID|NET (clone(2)). */
export const newNamespaceFlags = 0x7e020000;

const family = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
const socketTypes = { mask: 0xf, stream: 1, datagram: 2 } as const;
/** 0, TCP and UDP; every other protocol would load kernel modules. */
const plainProtocols = [0, 6, 17] as const;
/** Datagrams that ping (icmp(7)), in both families. */
const ping = [1, 58] as const;

/** Sockets of the two families of the internet. */
function internetSockets(pings: boolean): readonly Rule[] {
  const protocols = pings ? [...plainProtocols, ...ping] : plainProtocols;
  return [family.inet, family.inet6].flatMap((one) =>
    [socketTypes.stream, socketTypes.datagram].flatMap((type) =>
      protocols.map((protocol) =>
        allow("socket", is(0, one), bits(1, socketTypes.mask, type), is(2, protocol)),
      ),
    ),
  );
}

/** 0, ADDR_NO_RANDOMIZE (gdb) and the question what it is (linux/personality.h). */
const personalities = [0, 0x0040000, 0xffffffff] as const;

/** No type, S_IFREG, S_IFIFO, S_IFSOCK: everything but devices (linux/stat.h). */
const nodeTypes = { mask: 0o170000, allowed: [0, 0o100000, 0o010000, 0o140000] } as const;

/** Calls that make or enter namespaces; the broken `user-namespaces` boundary lets them through. */
export const namespaceCalls = ["clone", "clone3", "setns", "unshare"] as const;

/** What is allowed with some arguments only, and refused with all others. `pings`: the kernel itself decides about them (ip(7)). */
export function conditional(pings: boolean): readonly Rule[] {
  return [
    ...complementOf(terminalRequests).map(({ mask, value }) =>
      allow("ioctl", bits(1, mask, value)),
    ),
    ...internetSockets(pings),
    allow("socket", is(0, family.unix)),
    // NETLINK_ROUTE is 0; everything else of netlink is kernel surface.
    allow("socket", is(0, family.netlink), is(2, 0)),
    allow("socketpair", is(0, family.unix)),
    ...personalities.map((one) => allow("personality", is(0, one))),
    ...nodeTypes.allowed.flatMap((type) => [
      allow("mknod", bits(1, nodeTypes.mask, type)),
      allow("mknodat", bits(2, nodeTypes.mask, type)),
    ]),
  ];
}
