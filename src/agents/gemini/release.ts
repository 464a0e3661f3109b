/** Which gemini-cli a bottle runs: pinned by the hash of its package and of its files. One bundle for every machine, run by Node. */
import type { PackageRelease } from "../package-install.ts";

const kept = /^package\/((?:bundle\/.+)|package\.json|LICENSE)$/;

export const geminiRelease: PackageRelease = {
  title: "gemini-cli",
  package: "@google/gemini-cli@0.61.0",
  version: "0.61.0",
  tarball:
    "sha512-dbQ9A0qBtFJNi6XBkHvfZ6Azpn6PNgH/P8h2MZ67RLlX8hSAVjup39CRWqdRxZv7YXIuhrFaytr8y0jKnkoxnQ==",
  tree: "sha512-oLns/O2hm89/kmaRv7BoKhZF0IpOORfDUnanty9kuxhYPDThvHpyiBnYdDLhUA5ghMjxap90NTmrEqUqDgSfrw==",
  size: "21 MB",
  keep: (path) => (path.split("/").includes("..") ? undefined : kept.exec(path)?.[1]),
};
