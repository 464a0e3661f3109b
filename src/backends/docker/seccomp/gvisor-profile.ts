/**
 * The filter as runsc takes it (`--oci-seccomp`; runsc/specutils/seccomp). It differs from runc's where runsc's filters do: each
 * refusal is EPERM whatever a rule says of it, a call whose name it does not know has no rule, the first rule that fits is the one
 * that holds, and a tracer sees a call after the filter has let it pass (sentry/kernel/task_syscall.go), not before as on Linux.
 */
import { allowedCalls } from "./calls.ts";
import { allow, bits, conditional, is, namespaceCalls, newNamespaceFlags } from "./rules.ts";

/** It could make a call of its tracee another one, past the filter; or be asked about the calls that are not there. */
const tracing = "ptrace";

/** syslog(2) with "read all" and "size": gVisor's log tells whose kernel it is, and nothing of this machine's. */
const logReads = [3, 10] as const;

/**
 * Refused with EPERM, as by runc's; everything else that has no rule is answered with ENOSYS, as by a kernel that does not know it, so
 * that programs fall back (glibc from clone3 to clone and from fchmodat2 to fchmodat).
 */
const refused: readonly string[] = `
  acct add_key adjtimex bpf chroot clock_adjtime clock_settime clone create_module delete_module fanotify_init
  finit_module fsconfig fsmount fsopen fspick get_mempolicy init_module ioctl ioperm iopl kcmp
  kexec_file_load kexec_load keyctl mbind migrate_pages mknod mknodat mount mount_setattr move_mount
  move_pages open_by_handle_at open_tree perf_event_open personality pidfd_getfd pivot_root ptrace
  quotactl quotactl_fd reboot request_key set_mempolicy set_mempolicy_home_node setdomainname sethostname
  setns settimeofday socket socketpair swapoff swapon syslog umount2 unshare userfaultfd vhangup
`
  .trim()
  .split(/\s+/);

/** The profile's text; `open` leaves the namespace calls in, for a test. */
export function gvisorProfile(open?: "user-namespaces"): string {
  const names = open === undefined ? [] : namespaceCalls;
  return JSON.stringify({
    // A tracer could decide, and there is none: the answer is ENOSYS (seccomp(2), SECCOMP_RET_TRACE).
    defaultAction: "SCMP_ACT_TRACE",
    archMap: [
      { architecture: "SCMP_ARCH_X86_64", subArchitectures: [] },
      { architecture: "SCMP_ARCH_AARCH64", subArchitectures: [] },
    ],
    syscalls: [
      {
        names: [...allowedCalls.filter((name) => name !== tracing), ...names],
        action: "SCMP_ACT_ALLOW",
      },
      // Its kernel lets everybody ping, whatever `net.ipv4.ping_group_range` says.
      ...conditional(false),
      // It writes no core file, and hands no crash to this machine's core handler.
      { names: ["setrlimit", "prlimit64"], action: "SCMP_ACT_ALLOW" },
      ...logReads.map((one) => allow("syslog", is(0, one))),
      allow("clone", bits(0, newNamespaceFlags, 0)),
      {
        names: refused.filter((name) => !names.some((one) => one === name)),
        action: "SCMP_ACT_ERRNO",
      },
    ],
  });
}
