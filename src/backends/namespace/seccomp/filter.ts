/** Puts the rules together into the program that bubblewrap loads last, right before the helper. */
import type { Instruction } from "./bpf.ts";
import type { CallName, Machine } from "./numbers.ts";
import {
  actions,
  answer,
  assemble,
  fields,
  load,
  unlessOneOf,
  whenAtLeast,
  whenEqual,
} from "./bpf.ts";
import { auditArch, lastKnown, numberOf, x32Bit } from "./numbers.ts";
import { rules, unknownCall } from "./rules.ts";

/** The filter's bytes for `machine`; `without` names calls whose rules a test leaves out. */
export function seccompFilter(machine: Machine, without: readonly CallName[] = []): Buffer {
  const kill = answer(actions.killProcess);
  const program: Instruction[] = [
    load(fields.arch),
    ...unlessOneOf([auditArch[machine]], [kill]),
    load(fields.number),
    ...(machine === "x64" ? whenAtLeast(x32Bit, [kill]) : []),
    ...whenAtLeast(lastKnown + 1, [unknownCall]),
  ];
  for (const rule of rules) {
    const number = numberOf(rule.call, machine);
    if (number === null || without.includes(rule.call)) continue;
    // A body loads arguments over the call's number, so it must answer before the next rule reads that.
    program.push(...whenEqual(number, [...rule.body, answer(actions.allow)]));
  }
  program.push(answer(actions.allow));
  return assemble(program);
}

/** The machine the filter is made for, or null where there is none: without a filter no bottle starts. */
export function machineOf(arch: string): Machine | null {
  return arch === "x64" || arch === "arm64" ? arch : null;
}
