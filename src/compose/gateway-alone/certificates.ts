/** The files by which clients trust the gateway: its own authority, and a bundle with the system's roots beside it. */
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../../record/atomic.ts";
import { systemRoots } from "../roots.ts";

export interface CertificateFiles {
  /** The gateway's own alone, for programs that bring their roots. */
  readonly ca: string;
  /** For programs that take one file instead of their roots. */
  readonly bundle: string;
}

export const certificateNames: CertificateFiles = { ca: "ca.pem", bundle: "bundle.pem" };

/** Mode 0644: they are public, and their readers are other users, or in other containers. */
export async function writeCertificates(folder: string, caPem: string): Promise<CertificateFiles> {
  const ca = join(folder, certificateNames.ca);
  const bundle = join(folder, certificateNames.bundle);
  await writeAtomic(ca, caPem, false);
  await writeAtomic(bundle, `${(await systemRoots()).trimEnd()}\n${caPem}`, false);
  await Promise.all([chmod(ca, 0o644), chmod(bundle, 0o644)]);
  return { ca, bundle };
}
