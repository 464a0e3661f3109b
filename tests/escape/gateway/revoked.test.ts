/** Upstream certificates that a configured list revokes, and lists that cannot be relied on. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startCertificateLab } from "../../support/certificates.ts";
import type { CertificateLab } from "../../support/certificates.ts";
import { lacksProgram, need } from "../../support/require.ts";
import { sinkAt } from "../../support/sink.ts";
import type { SinkTls } from "../../support/sink.ts";

const missing = lacksProgram("openssl");
let lab: CertificateLab;
beforeAll(async () => {
  if (missing === undefined) lab = await startCertificateLab();
});
afterAll(() => lab[Symbol.asyncDispose]());
beforeEach((context) => need(context, missing));

const requestTo = (tls: SinkTls, ...crl: readonly string[]) =>
  sinkAt(tls, { extraCa: [lab.root], crl });
const refused = { status: 502, code: "upstream-unreachable", bytes: 0 };

test("a revoked certificate gets no byte; its neighbours, and those of issuers without a list, are served", async () => {
  const [leaf, neighbour] = [await lab.leaf(), await lab.leaf()];
  const list = await lab.revoke([leaf.cert]);
  expect((await requestTo(leaf)).status).toBe(200);
  const seen = await requestTo(leaf, list);
  expect(seen).toMatchObject(refused);
  expect(seen.reason).toMatch(/revoked/);
  expect((await requestTo(neighbour, list)).status).toBe(200);
  const free = await lab.authority("free");
  const below = await lab.leaf({ issuer: "free" });
  const chain = { key: below.key, cert: below.cert + free.cert };
  expect((await requestTo(chain, list)).status).toBe(200);
});

test("below a revoked authority nothing is served, and below its heir everything is", async () => {
  const middle = await lab.authority("middle");
  const leaf = await lab.leaf({ issuer: "middle" });
  const list = await lab.revoke([middle.cert]);
  expect(await requestTo({ key: leaf.key, cert: leaf.cert + middle.cert }, list)).toMatchObject(
    refused,
  );
  const heir = await lab.authority("heir");
  const other = await lab.leaf({ issuer: "heir" });
  expect((await requestTo({ key: other.key, cert: other.cert + heir.cert }, list)).status).toBe(
    200,
  );
});

test("a server cannot choose an older certificate of the same key to be looked for", async () => {
  const middle = await lab.authority("twice");
  const leaf = await lab.leaf({ issuer: "twice" });
  const list = await lab.revoke([middle.cert]);
  const older = await lab.again("twice", { from: "20200101000000Z", to: "20200201000000Z" });
  const forged = await lab.again("twice", { selfSigned: true });
  for (const decoy of [older, forged])
    expect(
      await requestTo({ key: leaf.key, cert: leaf.cert + decoy + middle.cert }, list),
    ).toMatchObject(refused);
});

test("what an issuer's list does not prove is not believed: it is too old, or another key has signed it", async () => {
  const leaf = await lab.leaf();
  const old = await requestTo(leaf, await lab.revoke([], { days: 0 }));
  expect(old).toMatchObject(refused);
  expect(old.reason).toMatch(/out of date/);
  await using stranger = await startCertificateLab();
  const foreign = await requestTo(leaf, await stranger.revoke([]));
  expect(foreign).toMatchObject(refused);
  expect(foreign.reason).toMatch(/not signed by that issuer/);
});

test("the older of two lists counts for what it revokes, the newer for how late it is", async () => {
  const leaf = await lab.leaf();
  const other = await lab.leaf();
  const old = await lab.revoke([leaf.cert], { days: 0 });
  const fresh = await lab.revoke([]);
  expect(await requestTo(leaf, old, fresh)).toMatchObject(refused);
  expect((await requestTo(other, old, fresh)).status).toBe(200);
});

test("a list that cannot be read is a no, and ends nothing", async () => {
  const seen = await requestTo(
    await lab.leaf(),
    "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
  );
  expect(seen).toMatchObject(refused);
});
