/** Which build of Claude Code a bottle runs: pinned by the hash of its package and of its program. */
import { BottleError } from "../../errors/error.ts";

export const claudeVersion: string = "2.1.197";

export interface ClaudeRelease {
  /** The platform package that holds nothing but the program. */
  readonly package: string;
  /** `sha512-<base64>` of the package, as the registry states it (SRI, W3C). */
  readonly tarball: string;
  /** The same of `package/claude` inside of it. */
  readonly program: string;
  /** Bytes of the program. */
  readonly size: number;
  /** The loader that the program's ELF header asks for (PT_INTERP, elf(5)); glibc systems have it. */
  readonly loader: string;
}

/** The facts about this machine that decide which build runs on it. */
export interface ClaudePlatform {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Whether a file is there. */
  readonly exists: (path: string) => boolean;
}

const releases: Readonly<Record<string, ClaudeRelease>> = {
  "linux-x64": {
    package: "@anthropic-ai/claude-code-linux-x64",
    tarball:
      "sha512-rIlKmrY0QMyHgPRX/MYWNj039vbypICvI9jVe3rs9Xy2RnNklySjyPxqh62QadznzoftEO23uYQ1tFePcQ//bg==",
    program:
      "sha512-ZKJy1/D0IE4CiUb82KmMHne0rMz16gP7aflr8nR+GEk2eL/DDkD6tXkBIIOi+3aEz60/w8bsvTwA/zwAcgBoQQ==",
    size: 245517112,
    loader: "/lib64/ld-linux-x86-64.so.2",
  },
  "linux-arm64": {
    package: "@anthropic-ai/claude-code-linux-arm64",
    tarball:
      "sha512-sx6SoGj3MNR5CV+YDkNtbLHXa1tn3G8qcYFgm1gnvOi9ODQUKbhiPfankJfkTMDVekOvnKJhm6i9hGFIPzp7cQ==",
    program:
      "sha512-Al9dD2hIPqCtwTI8/lh7GJBnkYahirxDcpfBHcjvMtvbMhaULa2EusMFCrO9R3SjuD5wTL8LiVGSUfXVisWtpQ==",
    size: 242334448,
    loader: "/lib/ld-linux-aarch64.so.1",
  },
};

/** The build for this machine, or an error that says why there is none. */
export function claudeRelease(host: Pick<ClaudePlatform, "platform" | "arch">): ClaudeRelease {
  const release = releases[`${host.platform}-${host.arch}`];
  if (release !== undefined) return release;
  throw new BottleError({
    code: "E_AGENT_PLATFORM",
    what: `Claude Code cannot run in a bottle on ${host.platform} ${host.arch}.`,
    why: `This version pins its builds for ${Object.keys(releases).join(" and ")}.`,
    next: "Run claude-bottle on a Linux machine with one of these processors.",
  });
}

/** The pinned builds are linked against glibc; on musl they end with a riddle ("not found"). */
export function requireGlibc(release: ClaudeRelease, host: Pick<ClaudePlatform, "exists">): void {
  if (host.exists(release.loader)) return;
  throw new BottleError({
    code: "E_AGENT_PLATFORM",
    what: "Claude Code cannot run in a bottle on this system.",
    why: `The pinned build needs glibc and its loader ${release.loader}; Alpine and other musl systems do not have it.`,
    next: "Run claude-bottle on Debian, Ubuntu, Fedora or another glibc system.",
  });
}
