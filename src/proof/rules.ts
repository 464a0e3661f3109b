/** What each probe must observe: the listed observations and no other, and the canaries it aims at silent. */
import { asGvisorAnswers } from "./gvisor-rules.ts";
import { linkRules } from "./link-rules.ts";
import { noHost, untried } from "./rule.ts";
import type { KernelKind, LinkKind, Rule } from "./rule.ts";

/** Not EACCES: what is there and closed is still there. */
const notVisible = ["ENOENT", "another of that name"];
const notWritable = ["EROFS", "EACCES", "EPERM"];

const gateway: readonly Rule[] = [
  {
    name: "gateway-denied-name",
    boundary: "gateway-policy",
    expected: ["403 host-not-allowed"],
  },
  {
    name: "gateway-denied-port",
    boundary: "gateway-policy",
    expected: ["403 host-not-allowed", "403 port-not-allowed"],
    unless: noHost,
  },
  {
    name: "gateway-loopback-address",
    boundary: "gateway-policy",
    expected: ["403 host-not-allowed", "403 address-not-allowed"],
    canaries: ["tcp-loopback"],
  },
  {
    name: "gateway-host-address",
    boundary: "gateway-policy",
    expected: ["403 host-not-allowed", "403 address-not-allowed"],
    canaries: ["tcp-interface"],
  },
  {
    name: "gateway-metadata",
    boundary: "gateway-policy",
    expected: ["403 host-not-allowed", "403 address-not-allowed"],
  },
  {
    name: "gateway-private-address",
    boundary: "gateway-address",
    expected: ["403 address-not-allowed"],
  },
  {
    name: "fronting-server-name",
    boundary: "gateway-authority",
    expected: ["handshake refused", "handshake closed", "403 sni-mismatch"],
    unless: noHost,
  },
  {
    name: "fronting-host",
    boundary: "gateway-authority",
    expected: ["403 authority-mismatch"],
    unless: noHost,
  },
];

const seccomp: readonly Omit<Rule, "boundary">[] = [
  { name: "seccomp-mode", expected: ["2"] },
  { name: "tiocsti", expected: ["EPERM"], unless: untried },
  { name: "tiocsti-high-bits", expected: ["EPERM"], unless: untried },
  { name: "tioclinux", expected: ["EPERM"], unless: untried },
  { name: "socket-vsock", expected: ["EAFNOSUPPORT", "EPERM"], unless: untried },
  { name: "socket-packet", expected: ["EPERM", "EAFNOSUPPORT"], unless: untried },
  { name: "icmp-raw", expected: ["EPERM"], unless: untried },
  { name: "mount", expected: ["EPERM"], unless: untried },
  { name: "syscall-clone3", expected: ["ENOSYS"], unless: untried },
  { name: "syscall-io-uring", expected: ["ENOSYS"], unless: untried },
  { name: "syscall-keyctl", expected: ["EPERM"], unless: untried },
  { name: "syscall-bpf", expected: ["EPERM"], unless: untried },
];

const others: readonly Rule[] = [
  {
    name: "neighbour-abstract-socket",
    boundary: "neighbour",
    expected: ["ECONNREFUSED"],
    canaries: ["unix-abstract"],
  },
  {
    name: "neighbour-path-socket",
    boundary: "neighbour",
    expected: ["ENOENT"],
    canaries: ["unix-path"],
  },
  { name: "control-socket", boundary: "control-socket", expected: notVisible },
  { name: "host-home", boundary: "home", expected: notVisible },
  { name: "host-record", boundary: "home", expected: notVisible },
  { name: "write-root", boundary: "root", expected: notWritable },
  { name: "write-usr", boundary: "root", expected: notWritable },
  { name: "write-etc", boundary: "root", expected: notWritable },
  { name: "write-link", boundary: "root", expected: notWritable },
  { name: "sysctl-core-pattern", boundary: "sysctl", expected: notWritable },
  { name: "sysctl-drop-caches", boundary: "sysctl", expected: notWritable },
  { name: "sysctl-hostname", boundary: "sysctl", expected: notWritable },
  { name: "sysctl-mount", boundary: "sysctl", expected: ["read-only"] },
  { name: "host-process", boundary: "processes", expected: ["ENOENT"] },
  { name: "host-process-signal", boundary: "processes", expected: ["ESRCH"] },
  { name: "first-process", boundary: "processes", expected: ["the bottle's own"] },
  { name: "shared-namespaces", boundary: "processes", expected: ["none"] },
  { name: "ptrace-outside", boundary: "ptrace", expected: ["ESRCH"], unless: untried },
  {
    name: "user-namespace",
    boundary: "user-namespaces",
    expected: ["EPERM", "ENOSPC"],
    unless: untried,
  },
  {
    name: "user-namespace-mount",
    boundary: "user-namespaces",
    expected: ["EPERM"],
    unless: untried,
  },
  { name: "kernel", boundary: "kernel", expected: ["gvisor"], needs: "gvisor" },
  {
    name: "kernel-log",
    boundary: "kernel",
    expected: ["gvisor"],
    needs: "gvisor",
    unless: untried,
  },
  {
    name: "guest-kernel",
    boundary: "kernel",
    expected: ["another kernel than the host's"],
    needs: "guest",
    unlike: "host-kernel",
  },
  { name: "no-new-privs", boundary: "setuid", expected: ["1"] },
  { name: "no-new-privs-asked", boundary: "setuid", expected: ["1"], unless: untried },
  { name: "capabilities", boundary: "capabilities", expected: ["none"] },
  { name: "user-id", boundary: "setuid", expected: ["ordinary user"] },
  { name: "setuid-mounts", boundary: "setuid", expected: ["all nosuid"], needs: "nosuid" },
  { name: "held-paths", boundary: "workspace", expected: ["held"] },
  { name: "read-only-mounts", boundary: "mounts", expected: ["read-only"] },
  { name: "environment", boundary: "environment", expected: ["nothing unknown"] },
  { name: "descriptors", boundary: "devices", expected: ["none leaked"] },
  { name: "devices", boundary: "devices", expected: ["nothing unknown"] },
];

/**
 * Every probe of a link, under a kernel, with its verdict's rule; a probe without one has no say, a rule without a result fails.
 */
export function rulesFor(link: LinkKind, kernel: KernelKind = "host"): readonly Rule[] {
  const all = [
    ...linkRules[link],
    ...gateway,
    ...seccomp.map((rule): Rule => ({ ...rule, boundary: "seccomp" })),
    ...others,
  ];
  const known = all.filter(
    ({ needs }) => needs === undefined || needs === "nosuid" || needs === kernel,
  );
  return kernel === "gvisor" ? known.map(asGvisorAnswers) : known;
}

/**
 * Made by an interpreter (20 ms), which only the untried have: against namespaces, capabilities and a filter that stay as they are
 * for the life of every process under them.
 */
export const lastingProbes: ReadonlySet<string> = new Set(
  [...rulesFor("socket"), ...rulesFor("socket", "gvisor")]
    .filter(({ unless }) => unless?.when === "filtered")
    .map(({ name }) => name),
);
