/** Upstream certificates: whoever is not surely the named host gets no byte of a request, and so no secret. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { goodLeaf, startCertificateLab } from "../../support/certificates.ts";
import { sinkAt } from "../../support/sink.ts";
import type { SinkTls } from "../../support/sink.ts";
import type { CertificateLab, LeafOptions } from "../../support/certificates.ts";
import { lacksProgram, need } from "../../support/require.ts";

const missing = lacksProgram("openssl");
let lab: CertificateLab;
beforeAll(async () => {
  if (missing === undefined) lab = await startCertificateLab();
});
afterAll(() => lab[Symbol.asyncDispose]());
beforeEach((context) => need(context, missing));

const requestTo = (tls: SinkTls) => sinkAt(tls, { extraCa: [lab.root] });

const san = (...names: readonly string[]): readonly string[] => [
  ...goodLeaf.slice(0, 3),
  ...(names.length === 0 ? [] : [`subjectAltName=${names.join(",")}`]),
];

test("a good one is served", async () => {
  const { status, bytes } = await requestTo(await lab.leaf());
  expect(status).toBe(200);
  expect(bytes).toBeGreaterThan(0);
});

const bad: readonly (readonly [name: string, options: LeafOptions, reason: RegExp])[] = [
  ["expired", { from: "20200101000000Z", to: "20200201000000Z" }, /expired/],
  ["not yet valid", { from: "20400101000000Z", to: "20400201000000Z" }, /not yet valid/],
  ["self-signed", { selfSigned: true, commonName: "localhost" }, /self-signed/],
  ["for another name", { extensions: san("DNS:other.example") }, /another name/],
  ["for a name that only ends alike", { extensions: san("DNS:notlocalhost") }, /another name/],
  ["for an address", { extensions: san("IP:127.0.0.1") }, /another name/],
  [
    "with its name in the common name alone",
    { commonName: "localhost", extensions: san() },
    /another name/,
  ],
  ["with a star for everything", { extensions: san("DNS:*") }, /another name/],
  ["with a star for a part", { extensions: san("DNS:local*") }, /another name/],
  [
    "for clients",
    {
      extensions: [
        ...goodLeaf.slice(0, 2),
        "extendedKeyUsage=clientAuth",
        "subjectAltName=DNS:localhost",
      ],
    },
    /purpose/,
  ],
  [
    "whose key may only sign certificates",
    {
      extensions: [...goodLeaf.slice(0, 1), "keyUsage=critical,keyCertSign", ...goodLeaf.slice(2)],
    },
    /purpose/,
  ],
  ["with an RSA key of 1024 bits", { newkey: ["rsa:1024"] }, /key too weak/],
  ["signed over SHA-1", { digest: "sha1" }, /too weak/],
  [
    "with an extension that nobody knows and everybody must",
    { extensions: [...goodLeaf, "1.2.3.4=critical,ASN1:NULL"] },
    /critical extension/,
  ],
];

test.each(bad)("one %s is refused, and no byte is sent", async (_name, options, reason) => {
  // A small or weak one needs a server that will show it.
  const leaf = await lab.leaf(options);
  const seen = await requestTo({ ...leaf, ciphers: "DEFAULT:@SECLEVEL=0" });
  expect(seen).toMatchObject({ status: 502, code: "upstream-unreachable", bytes: 0 });
  expect(seen.reason).toMatch(reason);
});

test("one signed over MD5 is refused, and no byte is sent", async () => {
  const rsa = await lab.authority("rsa", { newkey: ["rsa:2048"] });
  const leaf = await lab.leaf({ issuer: "rsa", digest: "md5" });
  const ciphers = "DEFAULT:@SECLEVEL=0";
  const seen = await requestTo({ key: leaf.key, cert: leaf.cert + rsa.cert, ciphers });
  expect(seen).toMatchObject({ status: 502, bytes: 0 });
  expect(seen.reason).toMatch(/too weak/);
});

test("a chain with a missing, a wrong or a powerless link is refused, and no byte is sent", async () => {
  const middle = await lab.authority("middle");
  const other = await lab.authority("other");
  const below = await lab.leaf({ issuer: "middle" });
  const powerless = await lab.leaf({ commonName: "powerless" });
  expect((await requestTo({ key: below.key, cert: below.cert + middle.cert })).status).toBe(200);
  for (const chain of [below.cert, below.cert + other.cert, below.cert + powerless.cert])
    expect(await requestTo({ key: below.key, cert: chain })).toMatchObject({
      status: 502,
      bytes: 0,
    });
  const limited = ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign"];
  const short = await lab.authority("short", { extensions: limited });
  const beyond = await lab.authority("beyond", { issuer: "short" });
  const far = await lab.leaf({ issuer: "beyond" });
  const long = far.cert + beyond.cert + short.cert;
  expect(await requestTo({ key: far.key, cert: long })).toMatchObject({ status: 502, bytes: 0 });
  const named = [
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign",
    "nameConstraints=critical,permitted;DNS:example.org",
  ];
  const narrow = await lab.authority("narrow", { extensions: named });
  const outside = await lab.leaf({ issuer: "narrow" });
  expect(await requestTo({ key: outside.key, cert: outside.cert + narrow.cert })).toMatchObject({
    status: 502,
    bytes: 0,
  });
});

test("TLS before 1.2 is not spoken, and no byte is sent", async () => {
  const seen = await requestTo({
    ...(await lab.leaf()),
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT:@SECLEVEL=0",
  });
  expect(seen).toMatchObject({ status: 502, bytes: 0 });
});
