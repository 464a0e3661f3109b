/**
 * The system call filter of a bottle as the Engine takes it (`--security-opt seccomp=`). It stands in for Docker's own, and refuses
 * what that one refuses and what the namespace rung refuses besides (../../namespace/seccomp/rules.ts): Docker has no second filter.
 */
import { allowedCalls } from "./calls.ts";
import { complementOf } from "./complement.ts";

type Operator = "SCMP_CMP_EQ" | "SCMP_CMP_NE" | "SCMP_CMP_MASKED_EQ";

interface Argument {
  readonly index: number;
  readonly op: Operator;
  /** For `SCMP_CMP_MASKED_EQ` the mask. */
  readonly value: number;
  readonly valueTwo?: number;
}

interface Rule {
  readonly names: readonly string[];
  readonly action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO";
  readonly errnoRet?: number;
  readonly args?: readonly Argument[];
}

const EPERM = 1;
const ENOSYS = 38;

/** The kernel looks at the low half of an int argument only, and so do these rules. */
const low = 0xffffffff;

function bits(index: number, mask: number, value: number): Argument {
  return { index, op: "SCMP_CMP_MASKED_EQ", value: mask >>> 0, valueTwo: value >>> 0 };
}

function is(index: number, value: number): Argument {
  return bits(index, low, value);
}

function allow(name: string, ...args: readonly Argument[]): Rule {
  return { names: [name], action: "SCMP_ACT_ALLOW", args };
}

/** TIOCSTI types into a terminal, TIOCLINUX does so on a console, TIOCSETD loads line disciplines (asm-generic/ioctls.h). */
const terminalRequests = [0x5412, 0x541c, 0x5423] as const;

/** CLONE_NEWNS|CGROUP|UTS|IPC|USER|PID|NET (clone(2)). */
const newNamespaceFlags = 0x7e020000;

const family = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
const socketTypes = { mask: 0xf, stream: 1, datagram: 2 } as const;
/** 0, ICMP (datagram ping), TCP, UDP, ICMPv6: every other protocol would load kernel modules. */
const protocols = [0, 1, 6, 17, 58] as const;

const internetSockets: readonly Rule[] = [family.inet, family.inet6].flatMap((one) =>
  [socketTypes.stream, socketTypes.datagram].flatMap((type) =>
    protocols.map((protocol) =>
      allow("socket", is(0, one), bits(1, socketTypes.mask, type), is(2, protocol)),
    ),
  ),
);

/** 0, ADDR_NO_RANDOMIZE (gdb) and the question what it is (linux/personality.h). */
const personalities = [0, 0x0040000, 0xffffffff] as const;

/** No type, S_IFREG, S_IFIFO, S_IFSOCK: everything but devices (linux/stat.h). */
const nodeTypes = { mask: 0o170000, allowed: [0, 0o100000, 0o010000, 0o140000] } as const;

const RLIMIT_CORE = 4;
/** RLIM_NLIMITS (asm-generic/resource.h). */
const limits = Array.from({ length: 16 }, (_, limit) => limit).filter((one) => one !== RLIMIT_CORE);

/** A changed core limit would hand a crash to the host's core handler (../../namespace/command.ts): it seems to work. */
const coreLimit: readonly Rule[] = [
  { names: ["setrlimit"], action: "SCMP_ACT_ERRNO", errnoRet: 0, args: [is(0, RLIMIT_CORE)] },
  allow("prlimit64", is(1, RLIMIT_CORE), { index: 2, op: "SCMP_CMP_EQ", value: 0 }),
  {
    names: ["prlimit64"],
    action: "SCMP_ACT_ERRNO",
    errnoRet: 0,
    args: [is(1, RLIMIT_CORE), { index: 2, op: "SCMP_CMP_NE", value: 0 }],
  },
];

/** Calls that make or enter namespaces; the broken `user-namespaces` boundary lets them through. */
const namespaceCalls = ["clone", "clone3", "setns", "unshare"] as const;

const conditional: readonly Rule[] = [
  ...complementOf(terminalRequests).map(({ mask, value }) => allow("ioctl", bits(1, mask, value))),
  ...internetSockets,
  allow("socket", is(0, family.unix)),
  // NETLINK_ROUTE is 0; everything else of netlink is kernel surface.
  allow("socket", is(0, family.netlink), is(2, 0)),
  allow("socketpair", is(0, family.unix)),
  ...personalities.map((one) => allow("personality", is(0, one))),
  ...nodeTypes.allowed.flatMap((type) => [
    allow("mknod", bits(1, nodeTypes.mask, type)),
    allow("mknodat", bits(2, nodeTypes.mask, type)),
  ]),
  ...limits.flatMap((one) => [allow("setrlimit", is(0, one)), allow("prlimit64", is(1, one))]),
  ...coreLimit,
];

/** Answered as a kernel without them would, so that programs fall back (glibc from clone3 to clone, libuv from io_uring). */
const absent = [
  "io_uring_enter",
  "io_uring_register",
  "io_uring_setup",
  "memfd_secret",
  "modify_ldt",
] as const;

/** The profile's text; `open` leaves the namespace calls in, for a test. */
export function seccompProfile(open?: "user-namespaces"): string {
  const namespaces: readonly Rule[] =
    open === undefined
      ? [
          allow("clone", bits(0, newNamespaceFlags, 0)),
          { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
        ]
      : [{ names: namespaceCalls, action: "SCMP_ACT_ALLOW" }];
  return JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: EPERM,
    // No other numbering of calls: one that is not the machine's own kills the process.
    archMap: [
      { architecture: "SCMP_ARCH_X86_64", subArchitectures: [] },
      { architecture: "SCMP_ARCH_AARCH64", subArchitectures: [] },
    ],
    syscalls: [
      { names: allowedCalls, action: "SCMP_ACT_ALLOW" },
      ...conditional,
      { names: absent, action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
      ...namespaces,
    ],
  });
}
