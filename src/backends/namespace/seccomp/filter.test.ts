/** Every rule is tried by a real program in a real bottle: a system call's answer is what counts, not the filter's bytes. */
import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openLab } from "../../../../tests/support/namespace-lab.ts";
import type { Lab, LabBottle } from "../../../../tests/support/namespace-lab.ts";
import { lastKnown, numbers } from "./numbers.ts";
import type { CallName } from "./numbers.ts";

const python = "/usr/bin/python3";
const usable = process.platform === "linux" && process.arch === "x64" && existsSync(python);

/** Prints errno of each call, in order; 0 for success. */
const caller = `
import ctypes, errno, json, sys
libc = ctypes.CDLL(None, use_errno=True)
out = []
for call in json.loads(sys.stdin.read()):
    ctypes.set_errno(0)
    result = libc.syscall(*[ctypes.c_long(part) for part in call])
    number = ctypes.get_errno()
    out.append(errno.errorcode.get(number, str(number)) if result == -1 else "ok")
print(json.dumps(out))
`;

describe.skipIf(!usable)("the system call filter", () => {
  let lab: Lab;
  let bottle: LabBottle;
  beforeAll(async () => {
    lab = openLab();
    bottle = await lab.launch();
  });
  afterAll(async () => {
    await bottle[Symbol.asyncDispose]();
    lab[Symbol.dispose]();
  });

  /** errno names of calls given as name or number with arguments. */
  async function answers(
    calls: readonly (readonly [CallName | number, ...number[]])[],
  ): Promise<readonly string[]> {
    const numbered = calls.map(([call, ...args]) => [
      typeof call === "number" ? call : numbers[call][0],
      ...args,
    ]);
    const ended = await bottle.run([python, "-c", caller], JSON.stringify(numbered));
    if (ended.code !== 0) throw new Error(`${ended.signal} ${ended.stderr}`);
    return JSON.parse(ended.stdout) as string[];
  }

  test.each([
    "acct",
    "add_key",
    "adjtimex",
    "bpf",
    "chroot",
    "clock_adjtime",
    "clock_settime",
    "delete_module",
    "fanotify_init",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "init_module",
    "ioperm",
    "iopl",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "mount",
    "mount_setattr",
    "move_mount",
    "nfsservctl",
    "open_by_handle_at",
    "open_tree",
    "open_tree_attr",
    "perf_event_open",
    "pivot_root",
    "quotactl",
    "quotactl_fd",
    "reboot",
    "request_key",
    "setdomainname",
    "sethostname",
    "setns",
    "settimeofday",
    "swapoff",
    "swapon",
    "sysfs",
    "syslog",
    "umount2",
    "unshare",
    "uselib",
    "userfaultfd",
    "ustat",
    "vhangup",
  ] as const)("refuses %s with EPERM whatever its arguments are", async (name) => {
    expect(
      await answers([
        [name, 0, 0, 0, 0, 0],
        [name, -1, -1, -1, -1, -1],
      ]),
    ).toEqual(["EPERM", "EPERM"]);
  });

  test.each([
    "clone3",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "memfd_secret",
    "modify_ldt",
  ] as const)("answers %s as a kernel without it", async (name) =>
    expect(await answers([[name, 0, 0, 0, 0, 0]])).toEqual(["ENOSYS"]),
  );

  test("knows no call newer than its table", async () => {
    expect(await answers([[lastKnown + 1], [500], [547], [100_000]])).toEqual(
      Array(4).fill("ENOSYS"),
    );
  });

  test("refuses clone with every flag for a new namespace, also beside junk in the high half", async () => {
    const flags = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];
    const calls = flags.flatMap((flag) => [
      ["clone", flag | 17] as const,
      ["clone", flag + 0x7_0000_0000] as const,
    ]);
    expect(new Set(await answers(calls))).toEqual(new Set(["EPERM"]));
  });

  test("refuses typing into terminals, comparing the low 32 bits only", async () => {
    const requests = [0x5412, 0x541c, 0x5423];
    const calls = requests.flatMap((request) => [
      ["ioctl", 0, request, 0] as const,
      ["ioctl", 0, request + 0x1_0000_0000, 0] as const,
    ]);
    expect(new Set(await answers(calls))).toEqual(new Set(["EPERM"]));
    expect(await answers([["ioctl", 0, 0x5413, 0]])).toEqual(["ENOTTY"]);
  });

  test("has sockets for unix, internet and route netlink, and no others", async () => {
    expect(
      await answers([
        ["socket", 1, 1, 0],
        ["socket", 2, 1, 6],
        ["socket", 2, 0x80802, 17],
        ["socket", 10, 1, 0],
        ["socket", 16, 3, 0],
      ]),
    ).toEqual(Array(5).fill("ok"));
    const others = [3, 4, 5, 15, 17, 29, 31, 37, 38, 40, 43, 44];
    expect(new Set(await answers(others.map((family) => ["socket", family, 1, 0])))).toEqual(
      new Set(["EAFNOSUPPORT"]),
    );
    expect(await answers([["socket", 40 + 0x1_0000_0000, 1, 0]])).toEqual(["EAFNOSUPPORT"]);
    expect(
      await answers([
        ["socket", 2, 3, 1],
        ["socket", 10, 3, 58],
        ["socket", 2, 10, 0],
        ["socket", 2, 0x80003, 1],
      ]),
    ).toEqual(Array(4).fill("EPERM"));
    expect(
      await answers([
        ["socket", 2, 1, 132],
        ["socket", 2, 1, 262],
        ["socket", 16, 3, 12],
        ["socket", 16, 2, 9],
      ]),
    ).toEqual(Array(4).fill("EPROTONOSUPPORT"));
  });

  test("makes no device files, and pipes and plain files as ever", async () => {
    const script = `
import os, stat
for mode in (stat.S_IFCHR, stat.S_IFBLK):
    try: os.mknod("/tmp/device", mode | 0o600, os.makedev(1, 3)); print("made")
    except OSError as error: print(error.errno)
os.mknod("/tmp/plain", stat.S_IFREG | 0o600); os.mkfifo("/tmp/fifo"); print("made")
`;
    expect((await bottle.run([python, "-c", script])).stdout).toBe("1\n1\nmade\n");
  });

  test("lets gdb switch off address randomisation and nothing else of the personality", async () => {
    expect(
      await answers([
        ["personality", 0xffffffff],
        ["personality", 0x0040000],
        ["personality", 0],
      ]),
    ).toEqual(["ok", "ok", "ok"]);
    expect(
      await answers([
        ["personality", 8],
        ["personality", 0x20008],
        ["personality", 0x0400000],
      ]),
    ).toEqual(["EPERM", "EPERM", "EPERM"]);
  });

  test("keeps core dumps off while a program may believe it changed them", async () => {
    const { stdout } = await bottle.sh(
      "ulimit -c 0; ulimit -c unlimited 2>/dev/null; grep core /proc/self/limits",
    );
    expect(stdout).toMatch(/Max core file size\s+1\s+1\s/);
  });

  test("kills a process that uses x32 numbers", async () => {
    const ended = await bottle.run([
      python,
      "-c",
      "import ctypes; ctypes.CDLL(None).syscall(0x40000000 + 39)",
    ]);
    expect(ended.signal).toBe("SIGSYS");
  });

  test("kills a process that calls with 32-bit numbers", async () => {
    const bytes = wrongArchProgram().toString("base64");
    const ended = await bottle.sh(
      `echo ${bytes} | base64 -d > /tmp/wrong && chmod +x /tmp/wrong && exec /tmp/wrong`,
    );
    expect(ended.signal).toBe("SIGSYS");
  });
});

/** A 64-bit ELF whose only code is `mov eax, 20; int 0x80; mov edi, 7; mov eax, 60; syscall`: exits 7 if int 0x80 passes. */
function wrongArchProgram(): Buffer {
  const code = Buffer.from("b814000000cd80bf07000000b83c0000000f05", "hex");
  const base = 0x400000n;
  const elf = Buffer.alloc(120 + code.length);
  elf.write("\x7fELF\x02\x01\x01", 0, "latin1");
  elf.writeUInt16LE(2, 16); // ET_EXEC
  elf.writeUInt16LE(62, 18); // EM_X86_64
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(base + 120n, 24); // entry
  elf.writeBigUInt64LE(64n, 32); // program headers
  elf.writeUInt16LE(64, 52);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(1, 56);
  elf.writeUInt32LE(1, 64); // PT_LOAD
  elf.writeUInt32LE(5, 68); // readable, executable
  elf.writeBigUInt64LE(base, 80);
  elf.writeBigUInt64LE(base, 88);
  elf.writeBigUInt64LE(BigInt(elf.length), 96);
  elf.writeBigUInt64LE(BigInt(elf.length), 104);
  elf.writeBigUInt64LE(0x1000n, 112);
  code.copy(elf, 120);
  return elf;
}

describe("the table of system calls", () => {
  test.each([
    { machine: 0, header: "/usr/include/x86_64-linux-gnu/asm/unistd_64.h" },
    { machine: 1, header: "/usr/include/asm-generic/unistd.h" },
  ] as const)("agrees with $header", ({ machine, header }) => {
    if (!existsSync(header)) return;
    const text = readFileSync(header, "utf8");
    for (const [name, row] of Object.entries(numbers)) {
      const found = new RegExp(`^#define __NR_${name} (\\d+)$`, "m").exec(text)?.[1];
      if (found !== undefined) expect([name, row[machine]]).toEqual([name, Number(found)]);
    }
  });
});
