/**
 * The same attacks in two languages. Arguments: the numbers of unshare, mount, ptrace, keyctl, bpf, socket, ioctl, prctl and
 * syslog, a host process, the four bytes of a host address. Each line of output is a probe's name and the errno, 0 for success, or
 * `=` and a word.
 * The new user namespace comes last: with it everything in this process would be allowed that was refused before.
 */

interface Interpreter {
  readonly file: string;
  readonly flags: readonly string[];
  readonly script: string;
}

const perl = String.raw`
$| = 1;
my ($unshare, $mount, $ptrace, $keyctl, $bpf, $socket, $ioctl, $prctl, $syslog, $pid, @ip) = map { $_ + 0 } @ARGV;
sub told { my ($name, $result) = @_; printf "%s %d\n", $name, $result == -1 ? $! + 0 : 0; }
# Of no known type: a mount that is permitted ends in ENODEV and changes nothing, wherever this runs.
my ($none, $at, $type) = ("none", "/", "claude-bottle");
my $zeros = "\0" x 256;
my $icmp = syscall($socket, 2, 2, 1);
if ($icmp == -1) { told("icmp-datagram", -1); }
else {
  open(my $out, ">&=", $icmp);
  my $sent = send($out, "\x08\0\0\0\0\0\0\0", 0, pack("S n C4 x8", 2, 0, @ip));
  told("icmp-datagram", defined $sent ? 0 : -1);
}
told("icmp-raw", syscall($socket, 2, 3, 1));
told("socket-packet", syscall($socket, 17, 3, 0x300));
told("socket-vsock", syscall($socket, 40, 1, 0));
told("mount", syscall($mount, $none, $at, $type, 0, 0));
told("ptrace-outside", syscall($ptrace, 0x4206, $pid, 0, 0));
told("syscall-clone3", syscall(435, $zeros, 0));
told("syscall-io-uring", syscall(425, 0, 0));
told("syscall-keyctl", syscall($keyctl, 0, -3, 0));
told("syscall-bpf", syscall($bpf, 0, $zeros, 0));
printf "no-new-privs-asked =%d\n", syscall($prctl, 39, 0, 0, 0, 0);
my $log = "\0" x 65536;
if (syscall($syslog, 3, $log, 65536) == -1) { told("kernel-log", -1); }
else { printf "kernel-log =%s\n", index($log, "Starting gVisor") == -1 ? "another" : "gvisor"; }
my ($master, $slave, $number, $unlock, $byte) = (undef, undef, "\0" x 4, "\0" x 4, "x");
if (open($master, "+<", "/dev/ptmx") && ioctl($master, 0x40045431, $unlock) && ioctl($master, 0x80045430, $number)
    && open($slave, "+<", "/dev/pts/" . unpack("i", $number))) {
  told("tiocsti", syscall($ioctl, fileno($slave), 0x5412, $byte));
  told("tiocsti-high-bits", syscall($ioctl, fileno($slave), 0x100005412, $byte));
  told("tioclinux", syscall($ioctl, fileno($slave), 0x541c, $zeros));
}
told("user-namespace", syscall($unshare, 0x10020000));
told("user-namespace-mount", syscall($mount, $none, $at, $type, 0, 0));
`;

const python = String.raw`
import ctypes, os, struct, sys
unshare, mount, ptrace, keyctl, bpf, socket, ioctl, prctl, syslog, pid, a, b, c, d = map(int, sys.argv[1:])
libc = ctypes.CDLL(None, use_errno=True)
def call(*args):
    return libc.syscall(*[x if isinstance(x, bytes) else ctypes.c_long(x) for x in args])
def told(name, result):
    print(name, ctypes.get_errno() if result == -1 else 0, flush=True)
zeros = bytes(256)
# Of no known type: a mount that is permitted ends in ENODEV and changes nothing, wherever this runs.
icmp = call(socket, 2, 2, 1)
if icmp == -1:
    told("icmp-datagram", -1)
else:
    to = struct.pack("=HH4B8x", 2, 0, a, b, c, d)
    told("icmp-datagram", libc.sendto(icmp, b"\x08" + bytes(7), 8, 0, to, 16))
told("icmp-raw", call(socket, 2, 3, 1))
told("socket-packet", call(socket, 17, 3, 0x300))
told("socket-vsock", call(socket, 40, 1, 0))
told("mount", call(mount, b"none", b"/", b"claude-bottle", 0, 0))
told("ptrace-outside", call(ptrace, 0x4206, pid, 0, 0))
told("syscall-clone3", call(435, zeros, 0))
told("syscall-io-uring", call(425, 0, 0))
told("syscall-keyctl", call(keyctl, 0, -3, 0))
told("syscall-bpf", call(bpf, 0, zeros, 0))
print("no-new-privs-asked =%d" % call(prctl, 39, 0, 0, 0, 0), flush=True)
log = bytes(65536)
if call(syslog, 3, log, 65536) == -1:
    told("kernel-log", -1)
else:
    print("kernel-log =" + ("gvisor" if b"Starting gVisor" in log else "another"), flush=True)
try:
    master, slave = os.openpty()
    slave = os.open(os.ttyname(slave), os.O_RDWR)
    told("tiocsti", call(ioctl, slave, 0x5412, b"x"))
    told("tiocsti-high-bits", call(ioctl, slave, 0x100005412, b"x"))
    told("tioclinux", call(ioctl, slave, 0x541c, zeros))
except OSError:
    pass
told("user-namespace", call(unshare, 0x10020000))
told("user-namespace-mount", call(mount, b"none", b"/", b"claude-bottle", 0, 0))
`;

/** In the order of their cost: perl starts in 2 ms, python3 in 15. */
export const interpreters: readonly Interpreter[] = [
  { file: "/usr/bin/perl", flags: ["-e"], script: perl },
  { file: "/usr/bin/python3", flags: ["-I", "-S", "-c"], script: python },
];
