import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { openDoctorLab } from "../../../tests/support/doctor.ts";
import type { DoctorLab } from "../../../tests/support/doctor.ts";
import { lacksProgram, need } from "../../../tests/support/require.ts";
import type { Check } from "../../lifecycle/backend.ts";
import { certificates } from "./certificates.ts";
import { manifest } from "./manifest.ts";

beforeEach((context) => need(context, lacksProgram("openssl")));

/** A certificate that openssl made, valid for so many days from now on. */
function certificate(lab: DoctorLab, subject: string, days: number): string {
  const [key, out] = ["key.pem", "cert.pem"].map((file) => join(lab.dir, file)) as [string, string];
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const made = spawnSync("openssl", [
    ...args,
    ...["-keyout", key, "-out", out, "-days", `${days}`, "-subj", subject],
  ]);
  if (made.status !== 0) throw new Error(made.stderr.toString());
  return readFileSync(out, "utf8");
}

/** What is said about the file in NODE_EXTRA_CA_CERTS, `years` from now. */
async function say(lab: DoctorLab, file: string, years = 0): Promise<Check | undefined> {
  const now = (): number => Date.now() + years * 365 * 86_400_000;
  const found = await certificates(
    lab.with({ now, env: { NODE_EXTRA_CA_CERTS: file } }),
    undefined,
  );
  return found[1];
}

const text = (pattern: RegExp): string => expect.stringMatching(pattern) as string;

test("a file of good certificates is good, also with words around them", async () => {
  using lab = openDoctorLab();
  const pem = certificate(lab, "/CN=corp", 30);
  const file = lab.put("ca.pem", `# ours\n${pem}\n# and again\n${pem}`);
  expect(await say(lab, file)).toMatchObject({
    state: "good",
    detail: `NODE_EXTRA_CA_CERTS: 2 certificates in ${file}`,
  });
});

test("certificates that are over are named; among good ones they are no fault", async () => {
  using lab = openDoctorLab();
  const short = certificate(lab, "/O=Corp/CN=Corp \u001b[31mRoot", 30);
  const long = certificate(lab, "/CN=Other", 3000);
  const alone = lab.put("short.pem", short);
  expect(await say(lab, alone, 1)).toMatchObject({
    state: "bad",
    detail: text(/not valid now: Corp .*Root \(until \d{4}-\d\d-\d\d\)$/),
    remedy: "Get a current file.",
  });
  expect(await say(lab, lab.put("both.pem", short + long), 1)).toMatchObject({
    state: "open",
    detail: text(/Root \(until [-\d]+\); 1 are$/),
  });
  expect(await say(lab, alone, -1)).toMatchObject({
    state: "bad",
    detail: text(/\(from [-\d]+\)$/),
  });
});

test.each<[string, string | undefined, RegExp]>([
  ["not there", undefined, /cannot be read/],
  ["without a certificate", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n", /holds no certificate/],
  [
    "torn",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    /no certificate in its block 1/,
  ],
  ["far too large", "x".repeat(5_000_000), /larger than any/],
])("a file is bad: %s", async (_name, content, detail) => {
  using lab = openDoctorLab();
  const file = content === undefined ? join(lab.dir, "none.pem") : lab.put("ca.pem", content);
  expect(await say(lab, file)).toMatchObject({
    state: "bad",
    detail: text(detail),
    remedy: "Correct it, or run: unset NODE_EXTRA_CA_CERTS",
  });
});

test("SSL_CERT_FILE alone is not what the gateway reads, and the command says so", async () => {
  using lab = openDoctorLab();
  const file = lab.put("my ca.pem", certificate(lab, "/CN=corp", 30));
  // The certificate begins now, and not at the lab's own time.
  const now = (): number => Date.now();
  const host = lab.with({ now, env: { SSL_CERT_FILE: file } });
  expect(await certificates(host, undefined)).toMatchObject([
    {},
    { state: "good" },
    { state: "open", remedy: `Run: export NODE_EXTRA_CA_CERTS='${file}'` },
  ]);
  const bundle = "/etc/ssl/certs/ca-certificates.crt";
  const system = await certificates(lab.with({ env: { SSL_CERT_FILE: bundle } }), undefined);
  expect(system).toHaveLength(2);
});

test("the file of a manifest's proxy is looked at as well", async () => {
  using lab = openDoctorLab();
  const bottle = { upstreamProxy: { url: "https://proxy.example", ca: "~/corp.pem" } };
  const body = { version: 1, bottles: { dev: bottle }, agents: { a: { bottle: "dev" } } };
  const loaded = await manifest(lab.host, lab.put("m.json", JSON.stringify(body)));
  expect(await certificates(lab.host, loaded.manifest)).toMatchObject([
    {},
    { state: "bad", detail: text(/^dev, ca of upstreamProxy: .*corp\.pem cannot be read$/) },
  ]);
});

test("the system's own bundle is found where this distribution keeps it, or asked for", async () => {
  using lab = openDoctorLab();
  lab.put("root/etc/os-release", "ID=alpine\n");
  expect(await certificates({ ...lab.host, uid: 0 }, undefined)).toMatchObject([
    { state: "open", remedy: "Run: apk add ca-certificates" },
  ]);
  lab.put("root/etc/pki/tls/certs/ca-bundle.crt", certificate(lab, "/CN=root", 30));
  expect(await certificates(lab.host, undefined)).toMatchObject([
    { state: "good", detail: "1 root in /etc/pki/tls/certs/ca-bundle.crt" },
  ]);
});
