/** One bottle's certificate authority: lets the gateway read the bottle's TLS, and nobody else's. */
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
} from "node:crypto";
import { createSecureContext } from "node:tls";
import type { SecureContext } from "node:tls";
import { authorityCertificate, leafCertificate } from "./certificate.ts";
import type { Issuer } from "./certificate.ts";
import { BottleError } from "../../errors/error.ts";
import { certificateNames, nameError, withinSubtrees } from "./names.ts";

const hour = 3_600_000;
const day = 24 * hour;

/**
 * Names below wildcards in a bottle's life; those that the manifest spells out are always served. A context takes some 30 KB outside of JavaScript's memory, and dropping old ones gave little of it
 * back (measured): an agent below a wildcard could otherwise fill the host's memory with names of its own making.
 */
const maxNames = 2048;

export interface CertificateAuthority {
  /** For the bottle's trust store. */
  readonly caPem: string;
  /** Throws for an address, for any name the authority was not made for, and for the 2,049th below a wildcard. */
  contextFor(host: string): SecureContext;
  /** Whether that takes no time: it was made before, and is still good. */
  knows(host: string): boolean;
  /** Whether it was made for every name of a host or `*.` pattern. */
  speaksFor(pattern: string): boolean;
  /** With its key: for a file that only the owner can read. */
  keep(): KeptAuthority;
}

/** What of an authority can outlive its process. */
export interface KeptAuthority {
  readonly name: string;
  /** PKCS #8 in PEM. */
  readonly key: string;
  readonly caPem: string;
  readonly permitted: readonly string[];
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export interface AuthorityOptions {
  /** Hosts of the manifest, `*.` patterns included. */
  readonly names: readonly string[];
  /** The time, or a clock for a bottle that may outlive a leaf. */
  readonly now: Date | (() => Date);
  /** 30 unless told. */
  readonly days?: number;
  /** One that was kept goes on, if it may speak for all of the names and has half of its days before it. */
  readonly kept?: KeptAuthority | undefined;
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
  const life = (options.days ?? 30) * day;
  const { kept } = options;
  const goesOn =
    kept !== undefined &&
    kept.until >= made + life / 2 &&
    withinSubtrees(names.permitted, kept.permitted);
  const lastDay = goesOn ? kept.until : made + life;
  const issuer = goesOn ? issuerOf(kept) : newIssuer();
  const permitted = goesOn ? kept.permitted : names.permitted;
  const leafKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = leafKeys.privateKey.export({ type: "pkcs8", format: "pem" });
  const caPem = goesOn
    ? kept.caPem
    : authorityCertificate(issuer, permitted, {
        from: new Date(made - hour),
        to: new Date(lastDay),
      });
  const leaves = new Map<string, Leaf>();
  let wild = 0;

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

  const known = (host: string): Leaf | undefined => {
    const leaf = leaves.get(host);
    return leaf !== undefined && clock() < leaf.renewAt ? leaf : undefined;
  };

  return {
    caPem,
    knows: (host) => known(host) !== undefined,
    speaksFor: (pattern) => names.coversPattern(pattern),
    keep: () => ({
      name: issuer.name,
      key: String(issuer.privateKey.export({ type: "pkcs8", format: "pem" })),
      caPem,
      permitted,
      until: lastDay,
    }),
    contextFor(host) {
      if (!names.covers(host)) throw nameError();
      const good = known(host);
      if (good !== undefined) return good.context;
      const counts = !leaves.has(host) && !names.spells(host);
      if (counts && wild >= maxNames) throw tooManyNames();
      if (counts) wild += 1;
      const leaf = mint(host);
      leaves.set(host, leaf);
      return leaf.context;
    },
  };
}

function newIssuer(): Issuer {
  return {
    name: `claude-bottle CA ${randomBytes(4).toString("hex")}`,
    ...generateKeyPairSync("ec", { namedCurve: "P-256" }),
  };
}

function issuerOf({ name, key }: KeptAuthority): Issuer {
  const privateKey = createPrivateKey(key);
  return { name, privateKey, publicKey: createPublicKey(privateKey) };
}

function tooManyNames(): BottleError {
  return new BottleError({
    code: "E_GATEWAY_TLS_FULL",
    what: `The bottle has been given certificates for ${maxNames} names, and gets no more.`,
    why: "Each takes memory of the host for as long as the bottle lives.",
    next: "Start a new bottle, or allow narrower names than a wildcard.",
  });
}
