/** What of the kernel's own file systems no bottle sees, or sees and cannot write. */

/** Kernel files that tell about the host or act on it; covered with a file that says nothing. */
export const maskedFiles = [
  "/proc/config.gz",
  "/proc/kallsyms",
  "/proc/kcore",
  "/proc/key-users",
  "/proc/keys",
  "/proc/kmsg",
  "/proc/kpagecgroup",
  "/proc/kpagecount",
  "/proc/kpageflags",
  "/proc/latency_stats",
  "/proc/pagetypeinfo",
  "/proc/sched_debug",
  "/proc/slabinfo",
  "/proc/sysrq-trigger",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/vmallocinfo",
] as const;

/** Hardware folders below /proc, covered with empty ones. */
export const maskedFolders = ["/proc/acpi", "/proc/asound", "/proc/scsi"] as const;

/** Read-only whoever the reader is: as root without capabilities /proc/sys is writable otherwise (it goes by uid). */
export const readOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/mtrr", "/proc/sys"] as const;
