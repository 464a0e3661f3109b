/** One bottle's certificate authority: lets the gateway read the bottle's TLS, and nobody else's. */
import { constants, generateKeyPairSync, randomBytes } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { SecureContext } from "node:tls";
import { authorityCertificate, leafCertificate } from "./certificate.ts";
import { BottleError } from "../../errors/error.ts";
import { certificateNames, nameError } from "./names.ts";

const hour = 3_600_000;
const day = 24 * hour;

/**
 * Names in a bottle's life. A context takes some 22 KB outside of JavaScript's memory, and dropping old ones gave little of it
 * back (measured): an agent below a wildcard could otherwise fill the host's memory with names of its own making.
 */
const maxNames = 4096;

export interface CertificateAuthority {
  /** For the bottle's trust store. */
  readonly caPem: string;
  /** Throws for an address, for any name the authority was not made for, and for the 4,097th name. */
  contextFor(host: string): SecureContext;
  /** Whether it was made for every name of a host or `*.` pattern. */
  speaksFor(pattern: string): boolean;
}

export interface AuthorityOptions {
  /** Hosts of the manifest, `*.` patterns included. */
  readonly names: readonly string[];
  /** The time, or a clock for a bottle that may outlive a leaf. */
  readonly now: Date | (() => Date);
}

interface Leaf {
  readonly context: SecureContext;
  readonly renewAt: number;
}

/** Keys are made here and stay in this process's memory. */
export function createCertificateAuthority(options: AuthorityOptions): CertificateAuthority {
  const { now } = options;
  const clock =
    typeof now === "function" ? (): number => now().getTime() : (): number => now.getTime();
  const names = certificateNames(options.names);
  const made = clock();
  const lastDay = made + 30 * day;
  const issuer = {
    name: `claude-bottle CA ${randomBytes(4).toString("hex")}`,
    ...generateKeyPairSync("ec", { namedCurve: "P-256" }),
  };
  const leafKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = leafKeys.privateKey.export({ type: "pkcs8", format: "pem" });
  const caPem = authorityCertificate(issuer, names.permitted, {
    from: new Date(made - hour),
    to: new Date(lastDay),
  });
  const leaves = new Map<string, Leaf>();

  const mint = (host: string): Leaf => {
    const time = clock();
    const end = Math.min(time + 7 * day, lastDay);
    const cert = leafCertificate(issuer, host, leafKeys.publicKey, {
      from: new Date(time - hour),
      to: new Date(end),
    });
    // `ca: []`: these contexts verify nobody, so the system's roots are not loaded.
    // No tickets: in a resumed session nobody hears the name of the greeting (SSL_CTX_set_cert_cb(3)), and it is demanded.
    const context = createSecureContext({
      key,
      cert,
      ca: [],
      minVersion: "TLSv1.2",
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
    return { context, renewAt: end - day };
  };

  return {
    caPem,
    speaksFor: (pattern) => names.coversPattern(pattern),
    contextFor(host) {
      if (!names.covers(host)) throw nameError();
      const known = leaves.get(host);
      if (known !== undefined && clock() < known.renewAt) return known.context;
      if (known === undefined && leaves.size >= maxNames) throw tooManyNames();
      const leaf = mint(host);
      leaves.set(host, leaf);
      return leaf.context;
    },
  };
}

function tooManyNames(): BottleError {
  return new BottleError({
    code: "E_GATEWAY_TLS_FULL",
    what: `The bottle has been given certificates for ${maxNames} names, and gets no more.`,
    why: "Each takes memory of the host for as long as the bottle lives.",
    next: "Start a new bottle, or allow narrower names than a wildcard.",
  });
}
