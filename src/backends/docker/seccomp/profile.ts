/**
 * The system call filter of a bottle as the Engine takes it (`--security-opt seccomp=`). It stands in for Docker's own, and refuses
 * what that one refuses and what the namespace rung refuses besides (../../namespace/seccomp/rules.ts): Docker has no second filter.
 */
import { allowedCalls } from "./calls.ts";
import { allow, bits, conditional, is, namespaceCalls, newNamespaceFlags } from "./rules.ts";
import type { Rule } from "./rules.ts";

const EPERM = 1;
const ENOSYS = 38;

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
      ...conditional(true),
      ...limits.flatMap((one) => [allow("setrlimit", is(0, one)), allow("prlimit64", is(1, one))]),
      ...coreLimit,
      { names: absent, action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
      ...namespaces,
    ],
  });
}
