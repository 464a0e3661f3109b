/** A very small assembler for classic BPF as seccomp(2) takes it: eight bytes an instruction, jumps only forward. */

/** One `struct sock_filter` (linux/filter.h). */
export interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

// linux/bpf_common.h: LD|W|ABS, JMP|JEQ|K, JMP|JGE|K, JMP|JSET|K, ALU|AND|K, RET|K
const codes = {
  load: 0x20,
  equal: 0x15,
  atLeast: 0x35,
  anyBit: 0x45,
  and: 0x54,
  ret: 0x06,
} as const;

/** Longest jump an instruction can hold. */
const maxJump = 255;

/** Offsets into `struct seccomp_data` (linux/seccomp.h); an argument's low half comes first on little-endian machines. */
export const fields = {
  number: 0,
  arch: 4,
  low: (argument: number): number => 16 + 8 * argument,
  high: (argument: number): number => 20 + 8 * argument,
} as const;

/** SECCOMP_RET_* (linux/seccomp.h). */
export const actions = {
  allow: 0x7fff0000,
  killProcess: 0x80000000,
  errno: (number: number): number => 0x00050000 | number,
} as const;

export function load(offset: number): Instruction {
  return { code: codes.load, jt: 0, jf: 0, k: offset };
}

/** Keeps only the bits of `mask` in the accumulator. */
export function and(mask: number): Instruction {
  return { code: codes.and, jt: 0, jf: 0, k: mask };
}

export function answer(action: number): Instruction {
  return { code: codes.ret, jt: 0, jf: 0, k: action };
}

/** Runs `body` only if the accumulator equals `value`. */
export function whenEqual(value: number, body: readonly Instruction[]): readonly Instruction[] {
  return [{ code: codes.equal, jt: 0, jf: span(body), k: value }, ...body];
}

/** Runs `body` unless the accumulator equals one of `values`. */
export function unlessOneOf(
  values: readonly number[],
  body: readonly Instruction[],
): readonly Instruction[] {
  const tests = values.map((value, index) => ({
    code: codes.equal,
    jt: span(body) + values.length - 1 - index,
    jf: 0,
    k: value,
  }));
  return [...tests, ...body];
}

/** Runs `body` only if the accumulator is `value` or more (unsigned). */
export function whenAtLeast(value: number, body: readonly Instruction[]): readonly Instruction[] {
  return [{ code: codes.atLeast, jt: 0, jf: span(body), k: value }, ...body];
}

/** Runs `body` only if the accumulator shares a bit with `mask`. */
export function whenAnyBit(mask: number, body: readonly Instruction[]): readonly Instruction[] {
  return [{ code: codes.anyBit, jt: 0, jf: span(body), k: mask }, ...body];
}

function span(body: readonly Instruction[]): number {
  if (body.length > maxJump)
    throw new RangeError(`a jump over ${body.length} instructions does not fit`);
  return body.length;
}

/** The program's bytes, little-endian as both supported machines are. */
export function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(jt, index * 8 + 2);
    bytes.writeUInt8(jf, index * 8 + 3);
    bytes.writeUInt32LE(k >>> 0, index * 8 + 4);
  }
  return bytes;
}
