/** Certificates of every kind, good and bad, and revocation lists, made by the real openssl. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface LeafOptions {
  /** Lines of the extension section; absent: a good server certificate for localhost. */
  readonly extensions?: readonly string[];
  /** `-newkey` of openssl-req(1). */
  readonly newkey?: readonly string[];
  /** Digest of the signature. */
  readonly digest?: string;
  /** `YYMMDDHHMMSSZ`. */
  readonly from?: string;
  readonly to?: string;
  /** Signs itself. */
  readonly selfSigned?: boolean;
  readonly commonName?: string;
  /** Another authority of this folder. */
  readonly issuer?: string;
}

export interface CertificateLab extends AsyncDisposable {
  readonly folder: string;
  /** The root, in PEM. */
  readonly root: string;
  leaf(options?: LeafOptions): Promise<Pair>;
  /** An authority below the root, or below another. */
  authority(name: string, options?: LeafOptions): Promise<Pair>;
  /** Another certificate for the key and name of an authority, in PEM. */
  again(name: string, options: LeafOptions): Promise<string>;
  /** Revokes certificates of an issuer, and writes its list, good for `days` or until a time gone by. */
  revoke(
    certs: readonly string[],
    more?: { readonly issuer?: string; readonly days?: number },
  ): Promise<string>;
}

export const goodLeaf: readonly string[] = [
  "basicConstraints=critical,CA:FALSE",
  "keyUsage=critical,digitalSignature",
  "extendedKeyUsage=serverAuth",
  "subjectAltName=DNS:localhost",
];

const goodAuthority = [
  "basicConstraints=critical,CA:TRUE",
  "keyUsage=critical,keyCertSign,cRLSign",
];
const ec = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

export async function startCertificateLab(): Promise<CertificateLab> {
  const folder = await mkdtemp(join(tmpdir(), "certificates-"));
  const path = (name: string): string => join(folder, name);
  let count = 0;
  const openssl = (...args: readonly string[]) =>
    run("openssl", args, { cwd: folder, env: { ...process.env, OPENSSL_CONF: path("conf") } });
  await writeFile(path("conf"), "[req]\ndistinguished_name=dn\n[dn]\n");

  /** openssl-ca(1) has what openssl-x509(1) lacks: any dates, and a database of what was revoked. */
  const configOf = async (issuer: string, extensions: readonly string[]): Promise<string> => {
    const name = `${issuer}.${(count += 1)}.conf`;
    const lines = [
      "[ca]",
      "default_ca=own",
      "[own]",
      `database=${path(`${issuer}.index`)}`,
      `new_certs_dir=${folder}`,
      `certificate=${path(`${issuer}.crt`)}`,
      `private_key=${path(`${issuer}.key`)}`,
      "default_md=sha256",
      "policy=any",
      "rand_serial=yes",
      "unique_subject=no",
      "x509_extensions=extensions",
      "[any]",
      "commonName=supplied",
      "[extensions]",
      ...extensions,
    ];
    await writeFile(path(name), `${lines.join("\n")}\n`);
    await writeFile(path(`${issuer}.index`), "", { flag: "a" });
    return path(name);
  };
  const pair = async (name: string): Promise<Pair> => ({
    cert: await readFile(path(`${name}.crt`), "utf8"),
    key: await readFile(path(`${name}.key`), "utf8"),
  });
  const certify = async (name: string, to: string, options: LeafOptions): Promise<void> => {
    const { issuer = "root", extensions = goodLeaf, selfSigned = false } = options;
    const config = await configOf(issuer, extensions);
    const dates = [
      ...(options.from === undefined ? [] : ["-startdate", options.from]),
      ...(options.to === undefined ? ["-days", "30"] : ["-enddate", options.to]),
    ];
    const self = selfSigned ? ["-selfsign", "-keyfile", path(`${name}.key`)] : [];
    const digest = options.digest === undefined ? [] : ["-md", options.digest];
    await openssl(
      "ca",
      "-batch",
      "-notext",
      "-config",
      config,
      "-in",
      path(`${name}.csr`),
      "-out",
      path(to),
      ...dates,
      ...digest,
      ...self,
    );
  };

  const sign = async (name: string, options: LeafOptions): Promise<Pair> => {
    const { newkey = ec } = options;
    const subject = `/CN=${options.commonName ?? name}`;
    await openssl(
      "req",
      "-new",
      "-nodes",
      "-newkey",
      ...newkey,
      "-keyout",
      path(`${name}.key`),
      "-out",
      path(`${name}.csr`),
      "-subj",
      subject,
    );
    await certify(name, `${name}.crt`, options);
    return pair(name);
  };

  await openssl(
    "req",
    "-x509",
    "-new",
    "-nodes",
    "-newkey",
    ...ec,
    "-days",
    "30",
    "-keyout",
    path("root.key"),
    "-out",
    path("root.crt"),
    "-subj",
    "/CN=Test Root",
    ...goodAuthority.flatMap((one) => ["-addext", one]),
  );

  return {
    folder,
    root: (await pair("root")).cert,
    leaf: (options = {}) => sign(`leaf${(count += 1)}`, options),
    authority: (name, options = {}) => sign(name, { extensions: goodAuthority, ...options }),
    async again(name, options) {
      const to = `${name}.${(count += 1)}.crt`;
      await certify(name, to, { extensions: goodAuthority, ...options });
      return readFile(path(to), "utf8");
    },
    async revoke(certs, { issuer = "root", days = 30 } = {}) {
      const config = await configOf(issuer, []);
      for (const cert of certs) {
        const file = path(`revoked${(count += 1)}.crt`);
        await writeFile(file, cert);
        await openssl("ca", "-config", config, "-revoke", file);
      }
      const file = path(`list${(count += 1)}.pem`);
      const until =
        days > 0
          ? ["-crldays", String(days)]
          : ["-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z"];
      await openssl("ca", "-gencrl", "-config", config, "-out", file, ...until);
      return readFile(file, "utf8");
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
