/** Which build of codex a bottle runs: pinned by the hash of its package and of the files of it that are kept. */
import { BottleError } from "../../errors/error.ts";
import type { PackageRelease } from "../package-install.ts";

const version = "0.169.0";

const builds: Readonly<Record<string, Pick<PackageRelease, "tarball" | "tree" | "size">>> = {
  "linux-x64": {
    tarball:
      "sha512-o05NyAOCDygSPRo1yinzxvkRSdmsZyBD9E7mbpmjRanSfM8lypqWtQgEo4XfNkwhuCR2aFu8mlGOsQGFXVbVww==",
    tree: "sha512-n4t2Fst1LgowgPiX0Af7NRI9ZV/0CefxgQw9UwkYqrX/fuXGUsfWoFIjowv8lPaxNH3IcRPZWYQh69z2jt6DkQ==",
    size: "167 MB",
  },
  "linux-arm64": {
    tarball:
      "sha512-NZ/DaQUpcQmxmqee7Z9uC1rzw3GhSbooawcaTe1LN5Yk+WlinUKGdTXJgClRT/9ogQEEM9TWxYzvxPfj5G/xFg==",
    tree: "sha512-nWD5/ejBe6bxZFpdWNRqjN7S9Qm8GtkwRoj5C3cj/hnkdQn+LpL5RnDYl+oCErdWcIl+D7LTfD789lh5m1syzg==",
    size: "172 MB",
  },
};

/** The programs and what they look for beside them; its sandbox and its voice have no use in a bottle. */
const kept = /^package\/vendor\/[^/]+\/((?:bin|codex-path)\/[\w-]+|codex-package\.json)$/;

/** The build for this machine, which needs no library of it; or an error that says why there is none. */
export function codexRelease(host: {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}): PackageRelease {
  const name = `${host.platform}-${host.arch}`;
  const build = builds[name];
  if (build === undefined)
    throw new BottleError({
      code: "E_AGENT_PLATFORM",
      what: `codex cannot run in a bottle on ${host.platform} ${host.arch}.`,
      why: `This version pins its builds for ${Object.keys(builds).join(" and ")}.`,
      next: "Run claude-bottle on a Linux machine with one of these processors.",
    });
  return {
    title: "codex",
    package: `@openai/codex@${version}-${name}`,
    version,
    keep: (path) => kept.exec(path)?.[1],
    ...build,
  };
}
