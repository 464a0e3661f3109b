/** The way out of one order: the plan's proxy, with the certificates and the secret that only the gateway may know. */
import { readFile } from "node:fs/promises";
import { BottleError } from "../errors/error.ts";
import { secretsOfProxy } from "../gateway/bound-credentials.ts";
import type { UpstreamProxy } from "../gateway/config.ts";
import type { LaunchOrder } from "../lifecycle/control.ts";

type Ordered = Pick<LaunchOrder, "proxyAuth"> & {
  readonly plan: Pick<LaunchOrder["plan"], "upstreamProxy">;
};

/** Null where upstreams are dialled directly. Throws where a file it names is not what it should be. */
export async function upstreamProxyOf(order: Ordered): Promise<UpstreamProxy | null> {
  const spec = order.plan.upstreamProxy;
  if (spec === null) return null;
  return {
    url: spec.url,
    ca: spec.ca === null ? null : await readCertificates(spec.ca),
    authorization: authorizationOf(order),
  };
}

/** What must be found nowhere in the bottle, for the search from outside. */
export function proxySecrets(
  order: LaunchOrder,
): readonly { readonly name: string; readonly value: string }[] {
  const { upstreamProxy } = order.plan;
  const name = upstreamProxy?.auth?.text ?? "upstreamProxy";
  return secretsOfProxy({ authorization: authorizationOf(order) }).map((value) => ({
    name,
    value,
  }));
}

/** RFC 7617 section 2. */
function authorizationOf({ proxyAuth }: Ordered): string | null {
  return proxyAuth === null ? null : `Basic ${Buffer.from(proxyAuth).toString("base64")}`;
}

async function readCertificates(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw caFile(file, "The certificates for upstreamProxy cannot be read.", cause);
  });
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw caFile(file, "The file of certificates for upstreamProxy holds none.", undefined);
}

function caFile(file: string, what: string, cause: unknown): BottleError {
  return new BottleError({
    code: "E_CA_FILE",
    what,
    next: "Correct `ca` of upstreamProxy in the manifest: it names a PEM file.",
    place: { file },
    cause,
  });
}
