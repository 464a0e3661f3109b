/** Which calls a bottle may not make. What is not named here is allowed: agents run every tool there is. */
import type { Instruction } from "./bpf.ts";
import type { CallName } from "./numbers.ts";
import { actions, and, answer, fields, load, unlessOneOf, whenAnyBit, whenEqual } from "./bpf.ts";

/** errno values the same on both machines (asm-generic/errno.h). */
const EPERM = answer(actions.errno(1));
const ENOSYS = answer(actions.errno(38));
const EPROTONOSUPPORT = answer(actions.errno(93));
const EAFNOSUPPORT = answer(actions.errno(97));

/** Calls that make or enter namespaces; the filter of the broken `user-namespaces` boundary leaves them out. */
export const namespaceCalls: readonly CallName[] = ["clone", "clone3", "setns", "unshare"];

/** Answered as a kernel without them would, so that programs fall back (glibc from clone3 to clone, libuv from io_uring). */
const absent: readonly CallName[] = [
  "clone3",
  "io_uring_enter",
  "io_uring_register",
  "io_uring_setup",
  // Memory that cannot be searched from outside.
  "memfd_secret",
  "modify_ldt",
];

/** Refused whatever the arguments are. */
const refused: readonly CallName[] = [
  // namespaces
  "setns",
  "unshare",
  // the mount family
  "chroot",
  "fsconfig",
  "fsmount",
  "fsopen",
  "fspick",
  "mount",
  "mount_setattr",
  "move_mount",
  "open_by_handle_at",
  "open_tree",
  "open_tree_attr",
  "pivot_root",
  "umount2",
  // kernel key rings are not namespaced
  "add_key",
  "keyctl",
  "request_key",
  // large kernel interfaces that agents do not need
  "bpf",
  "fanotify_init",
  "perf_event_open",
  "userfaultfd",
  // the machine itself
  "_sysctl",
  "acct",
  "adjtimex",
  "clock_adjtime",
  "clock_settime",
  "create_module",
  "delete_module",
  "finit_module",
  "get_kernel_syms",
  "init_module",
  "ioperm",
  "iopl",
  "kexec_file_load",
  "kexec_load",
  "lookup_dcookie",
  "nfsservctl",
  "query_module",
  "quotactl",
  "quotactl_fd",
  "reboot",
  "setdomainname",
  "sethostname",
  "settimeofday",
  "swapoff",
  "swapon",
  "sysfs",
  "syslog",
  "uselib",
  "ustat",
  "vhangup",
];

/** What happens to one call; without `answer` in the end the call is allowed. */
export interface Rule {
  readonly call: CallName;
  readonly body: readonly Instruction[];
}

/** CLONE_NEWNS|CGROUP|UTS|IPC|USER|PID|NET; CLONE_NEWTIME (0x80) is not a flag of clone(2) but part of its signal. */
const newNamespaceFlags = 0x7e020000;

/** TIOCSTI types into a terminal, TIOCLINUX does so on a console, TIOCSETD loads line disciplines (asm-generic/ioctls.h). */
const terminalRequests = [0x5412, 0x541c, 0x5423] as const;

const family = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
const socketType = { mask: 0xf, stream: 1, datagram: 2 } as const;
/** 0, ICMP (datagram ping), TCP, UDP, ICMPv6: every other protocol would load kernel modules. */
const protocols = [0, 1, 6, 17, 58] as const;

/** S_IFMT, S_IFCHR and S_IFBLK (linux/stat.h). */
const fileType = { mask: 0o170000, character: 0o020000, block: 0o060000 } as const;

/** 0, ADDR_NO_RANDOMIZE (gdb) and the question what it is (linux/personality.h). */
const personalities = [0, 0x0040000, 0xffffffff] as const;

const RLIMIT_CORE = 4;

/** A changed core limit would hand a crash to the host's core handler, see `coreLimit` in ../launch.ts: it seems to work. */
const seemsDone = answer(actions.errno(0));

const internetSocket: readonly Instruction[] = [
  load(fields.low(1)),
  and(socketType.mask),
  ...unlessOneOf([socketType.stream, socketType.datagram], [EPERM]),
  load(fields.low(2)),
  ...unlessOneOf(protocols, [EPROTONOSUPPORT]),
  answer(actions.allow),
];

const device = (argument: number): readonly Instruction[] => [
  load(fields.low(argument)),
  and(fileType.mask),
  ...whenEqual(fileType.character, [EPERM]),
  ...whenEqual(fileType.block, [EPERM]),
];

/** Every rule, the frequent calls first. The kernel compares only low halves of int arguments, and so do we. */
export const rules: readonly Rule[] = [
  {
    call: "ioctl",
    body: [
      load(fields.low(1)),
      ...terminalRequests.flatMap((request) => whenEqual(request, [EPERM])),
    ],
  },
  { call: "clone", body: [load(fields.low(0)), ...whenAnyBit(newNamespaceFlags, [EPERM])] },
  {
    call: "socket",
    body: [
      load(fields.low(0)),
      ...whenEqual(family.unix, [answer(actions.allow)]),
      ...whenEqual(family.inet, internetSocket),
      ...whenEqual(family.inet6, internetSocket),
      // NETLINK_ROUTE is 0; everything else of netlink is kernel surface.
      ...whenEqual(family.netlink, [
        load(fields.low(2)),
        ...unlessOneOf([0], [EPROTONOSUPPORT]),
        answer(actions.allow),
      ]),
      EAFNOSUPPORT,
    ],
  },
  {
    call: "socketpair",
    body: [load(fields.low(0)), ...unlessOneOf([family.unix], [EAFNOSUPPORT])],
  },
  { call: "personality", body: [load(fields.low(0)), ...unlessOneOf(personalities, [EPERM])] },
  { call: "mknod", body: device(1) },
  { call: "mknodat", body: device(2) },
  { call: "setrlimit", body: [load(fields.low(0)), ...whenEqual(RLIMIT_CORE, [seemsDone])] },
  {
    call: "prlimit64",
    body: [
      load(fields.low(1)),
      // Asking (no new limit) stays allowed.
      ...whenEqual(RLIMIT_CORE, [
        load(fields.low(2)),
        ...unlessOneOf([0], [seemsDone]),
        load(fields.high(2)),
        ...unlessOneOf([0], [seemsDone]),
      ]),
    ],
  },
  ...absent.map((call) => ({ call, body: [ENOSYS] })),
  ...refused.map((call) => ({ call, body: [EPERM] })),
];

/** The answer to calls nobody knew when this was written. */
export const unknownCall: Instruction = ENOSYS;
