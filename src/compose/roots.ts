/** The certificates this system trusts. */
import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { BottleError } from "../errors/error.ts";

/** Where distributions keep their bundle: Debian, Fedora, openSUSE, Alpine. */
export const systemBundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
] as const;

/** The system's own bundle, or Node's where there is none. */
export async function systemRoots(): Promise<string> {
  for (const bundle of systemBundles) {
    const text = await readFile(bundle, "utf8").catch(() => undefined);
    if (text?.includes("BEGIN CERTIFICATE") === true) return text;
  }
  return rootCertificates.join("\n");
}

/** What upstreams are verified with, beside Node's roots: the system's and the owner's own (NODE_EXTRA_CA_CERTS). */
export async function trustedRoots(files: readonly string[]): Promise<readonly string[]> {
  const own = await Promise.all(
    files.map((file) =>
      readFile(file, "utf8").catch((cause: unknown) => {
        throw new BottleError({
          code: "E_CA_FILE",
          what: "The file in NODE_EXTRA_CA_CERTS cannot be read.",
          next: "Correct or unset the variable.",
          place: { file },
          cause,
        });
      }),
    ),
  );
  return [await systemRoots(), ...own];
}
