/** Where gVisor's kernel answers a probe otherwise than Linux with the boundary closed: what it says, and why that is as good. */
import type { Rule } from "./rule.ts";

interface Answer {
  readonly expected: readonly string[];
  readonly why: string;
}

const noSetting = "it has no such setting";

export const gvisorAnswers: Readonly<Record<string, Answer>> = {
  "sysctl-core-pattern": { expected: ["ENOENT"], why: noSetting },
  "sysctl-drop-caches": { expected: ["ENOENT"], why: noSetting },
  "sysctl-mount": {
    expected: ["read-only", "writable"],
    why: "the settings below /proc/sys are its own and its user's to read; this machine's are not there",
  },
  "ptrace-outside": {
    expected: ["EPERM"],
    why: "its filter refuses ptrace(2) altogether: a tracer would see calls after the filter has passed them",
  },
  "no-new-privs": {
    expected: ["missing", "1"],
    why: "/proc/self/status has no such line; no-new-privs-asked is told by the call",
  },
  devices: {
    expected: ["nothing unknown", "fuse", "fuse net"],
    why: "/dev/fuse and /dev/net/tun are devices of its own; mounting and configuring them takes capabilities",
  },
};

/** The rule with what gVisor's kernel answers in place of Linux's, where it differs. */
export function asGvisorAnswers(rule: Rule): Rule {
  const answer = gvisorAnswers[rule.name];
  return answer === undefined ? rule : { ...rule, expected: answer.expected };
}
