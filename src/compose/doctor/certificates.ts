/** Files of trusted certificates: readable, whole, and which of them are over. */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Check } from "../../lifecycle/backend.ts";
import { installRemedy } from "../../backends/distribution.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import { systemBundles } from "../roots.ts";
import { readSystem } from "./host.ts";
import type { DoctorHost } from "./host.ts";
import { count, shellWord } from "./words.ts";

const name = "certificates";
/** Bytes; a whole system's bundle has a quarter of one. */
const longest = 4 * 1024 * 1024;
const mostNames = 5;

export async function certificates(
  host: DoctorHost,
  manifest: Manifest | undefined,
): Promise<readonly Check[]> {
  const checks: Check[] = [systemRoots(host)];
  const own = host.env["NODE_EXTRA_CA_CERTS"] ?? "";
  if (own !== "") checks.push(await fileOf(host, "NODE_EXTRA_CA_CERTS", own));
  const other = host.env["SSL_CERT_FILE"] ?? "";
  if (other !== "") checks.push(await fileOf(host, "SSL_CERT_FILE", other));
  if (other !== "" && own === "" && !systemBundles.some((bundle) => bundle === other))
    checks.push({
      name,
      state: "open",
      detail: "SSL_CERT_FILE is set; the gateway reads NODE_EXTRA_CA_CERTS",
      remedy: `Run: export NODE_EXTRA_CA_CERTS=${shellWord(other)}`,
    });
  for (const { name: bottle, upstreamProxy } of manifest?.bottles.values() ?? [])
    if (typeof upstreamProxy?.ca === "string")
      checks.push(await fileOf(host, `${bottle}, ca of upstreamProxy`, upstreamProxy.ca));
  return checks;
}

function systemRoots(host: DoctorHost): Check {
  for (const bundle of systemBundles) {
    const found = blocksOf(readSystem(host, bundle) ?? "").length;
    if (found > 0) return { name, state: "good", detail: `${count(found, "root")} in ${bundle}` };
  }
  return {
    name,
    state: "open",
    detail: "this system has no roots of its own: those of Node are used",
    remedy: installRemedy("ca-certificates", {
      uid: host.uid,
      osRelease: readSystem(host, "/etc/os-release"),
    }),
  };
}

async function fileOf(host: DoctorHost, what: string, file: string): Promise<Check> {
  const bad = (fault: string, remedy: string): Check => ({
    name,
    state: "bad",
    detail: `${what}: ${file} ${fault}`,
    remedy,
  });
  const correct = /^[A-Z_]+$/.test(what)
    ? `Correct it, or run: unset ${what}`
    : "Correct the path.";
  const text = await readFile(file, "latin1").catch(() => undefined);
  if (text === undefined) return bad("cannot be read", correct);
  if (text.length > longest) return bad("is larger than any list of certificates", correct);
  const blocks = blocksOf(text);
  if (blocks.length === 0) return bad("holds no certificate", correct);
  const read = blocks.map(parse);
  const broken = read.indexOf(undefined);
  if (broken >= 0) return bad(`has no certificate in its block ${broken + 1}`, correct);
  const now = host.now();
  const over = read.flatMap((one) => {
    if (one === undefined) return [];
    const [from, to] = [Date.parse(one.validFrom), Date.parse(one.validTo)];
    if (to < now) return [`${subject(one)} (until ${isoDay(to)})`];
    return from > now ? [`${subject(one)} (from ${isoDay(from)})`] : [];
  });
  if (over.length === 0)
    return {
      name,
      state: "good",
      detail: `${what}: ${count(read.length, "certificate")} in ${file}`,
    };
  const named = over.slice(0, mostNames).join(", ");
  const more = over.length > mostNames ? ` and ${over.length - mostNames} more` : "";
  const which = `has certificates that are not valid now: ${named}${more}`;
  if (over.length === read.length) return bad(which, "Get a current file.");
  // Bundles of whole systems always have some.
  return {
    name,
    state: "open",
    detail: `${what}: ${file} ${which}; ${read.length - over.length} are`,
  };
}

function blocksOf(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
}

function parse(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined;
  }
}

/** The common name, or all of it on one line. */
function subject({ subject: text }: X509Certificate): string {
  const common = /^CN=(.*)$/m.exec(text)?.[1];
  return (common ?? text.replaceAll("\n", ", ")).slice(0, 80);
}

function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
