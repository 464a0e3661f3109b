import "reflect-metadata";
import { execFileSync } from "node:child_process";
import { X509Certificate, createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:tls";
import type { TLSSocket } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { X509Certificate as Oracle } from "@peculiar/x509";
import { afterAll, describe, expect, it } from "vitest";
import { BottleError } from "../../errors/error.ts";
import { createCertificateAuthority } from "./authority.ts";
import type { KeptAuthority } from "./authority.ts";
import { authorityCertificate, leafCertificate } from "./certificate.ts";

const dir = mkdtempSync(join(tmpdir(), "claude-bottle-tls-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const now = new Date();
const authority = createCertificateAuthority({
  names: ["api.example.com", "*.example.net", "10.0.0.1", "::1"],
  now,
});

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

/** An authority whose key a test holds, for leaves that the product would never sign. */
function strayLeaf(host: string): { ca: string; leaf: string; key: string } {
  const issuer = {
    name: "claude-bottle CA test",
    ...generateKeyPairSync("ec", { namedCurve: "P-256" }),
  };
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const validity = {
    from: new Date(now.getTime() - 1000),
    to: new Date(now.getTime() + 3_600_000),
  };
  return {
    ca: authorityCertificate(issuer, ["example.com"], validity),
    leaf: leafCertificate(issuer, host, keys.publicKey, validity),
    key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function opensslVerify(ca: string, leaf: string, host: string): string {
  const argv = ["verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", host];
  try {
    return execFileSync(
      "openssl",
      [...argv, "-CAfile", file("ca.pem", ca), file("leaf.pem", leaf)],
      { encoding: "utf8", stdio: "pipe" },
    );
  } catch (error) {
    return String((error as { stderr: unknown }).stderr);
  }
}

/** A handshake that trusts only `ca`; resolves with the client's socket or rejects with its error. */
async function handshake(
  servername: string,
  ca: string,
  server: ReturnType<typeof createServer>,
): Promise<TLSSocket> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await new Promise((resolve, reject) => {
      const client = connect({
        port: (server.address() as AddressInfo).port,
        host: "127.0.0.1",
        servername,
        ca,
      });
      client.once("secureConnect", () => resolve(client));
      client.once("error", reject);
    });
  } finally {
    server.close();
  }
}

function serverOf(
  made: ReturnType<typeof createCertificateAuthority>,
): ReturnType<typeof createServer> {
  return createServer(
    {
      SNICallback: (name, done) => {
        try {
          done(null, made.contextFor(name));
        } catch (error) {
          done(error as Error);
        }
      },
    },
    (socket) => socket.on("error", () => undefined).end(),
  );
}

describe("certificate authority", () => {
  it.each(["api.example.com", "a.example.net", "deep.below.example.net"])(
    "serves TLS 1.3 for %s to a client that trusts only it",
    async (host) => {
      const client = await handshake(host, authority.caPem, serverOf(authority));
      expect(client.authorized).toBe(true);
      expect(client.getProtocol()).toBe("TLSv1.3");
      const leaf = client.getPeerX509Certificate();
      expect(leaf?.subjectAltName).toBe(`DNS:${host}`);
      expect(leaf?.checkIssued(new X509Certificate(authority.caPem))).toBe(true);
      expect(opensslVerify(authority.caPem, leaf?.toString() ?? "", host)).toContain(": OK");
      client.destroy();
    },
  );

  it.each([
    "other.example.com",
    "example.net",
    "example.org",
    "API.example.com",
    "api.example.com.",
    "",
    "*.example.net",
    "10.0.0.1",
    "::1",
    "a..example.net",
    "x/.example.net",
  ])("throws for %j", (host) => {
    expect(() => authority.contextFor(host)).toThrow(BottleError);
  });

  it("breaks the handshake for a name it does not speak for", async () => {
    await expect(
      handshake("evil.example.org", authority.caPem, serverOf(authority)),
    ).rejects.toThrow();
  });

  it("signs leaves that no verifier accepts outside of its name constraints", async () => {
    const inside = strayLeaf("www.example.com");
    expect(opensslVerify(inside.ca, inside.leaf, "www.example.com")).toContain(": OK");
    const outside = strayLeaf("www.example.org");
    expect(opensslVerify(outside.ca, outside.leaf, "www.example.org")).toContain(
      "permitted subtree violation",
    );
    const server = createServer({ key: outside.key, cert: outside.leaf }, (socket) =>
      socket.on("error", () => undefined).end(),
    );
    await expect(handshake("www.example.org", outside.ca, server)).rejects.toThrow(
      /permitted subtree violation/,
    );
  });

  it("is read by an independent parser as it was meant", () => {
    const parsed = new Oracle(authority.caPem);
    const constraints = parsed.getExtension("2.5.29.30");
    expect(parsed.subject).toMatch(/^CN=claude-bottle CA [0-9a-f]{8}$/);
    expect(BigInt(`0x${parsed.serialNumber}`)).toBeGreaterThan(0n);
    expect(parsed.notAfter.getTime() - now.getTime()).toBeLessThanOrEqual(30 * 86_400_000);
    expect(now.getTime() - parsed.notBefore.getTime()).toBeGreaterThanOrEqual(3_600_000);
    expect(constraints?.critical).toBe(true);
    expect(Buffer.from(parsed.rawData).includes("example.net")).toBe(true);
    const text = execFileSync(
      "openssl",
      ["x509", "-noout", "-text", "-in", file("ca.pem", authority.caPem)],
      { encoding: "utf8" },
    );
    expect(text).toMatch(
      /CA:TRUE, pathlen:0[^]*Certificate Sign\n[^]*Permitted:\s+DNS:api\.example\.com\s+DNS:example\.net\s+X509v3 Subject/,
    );
    expect(text).not.toContain("IP");
  });

  it("gives every authority its own key and name", () => {
    const other = createCertificateAuthority({ names: ["api.example.com"], now });
    expect(new X509Certificate(other.caPem).subject).not.toBe(
      new X509Certificate(authority.caPem).subject,
    );
    expect(
      new X509Certificate(other.caPem).publicKey.equals(
        new X509Certificate(authority.caPem).publicKey,
      ),
    ).toBe(false);
  });

  it("keeps a name's context, renews it before it ends, and makes no more than its bound of names", () => {
    let time = now.getTime();
    const made = createCertificateAuthority({
      names: ["*.example.net", "spelled.example.org"],
      now: () => new Date(time),
    });
    const first = made.contextFor("a.example.net");
    for (let index = 1; index < 2048; index += 1) made.contextFor(`h${index}.example.net`);
    expect(made.contextFor("a.example.net")).toBe(first);
    expect(() => made.contextFor("one-more.example.net")).toThrow(
      expect.objectContaining({ code: "E_GATEWAY_TLS_FULL" }),
    );
    expect(made.knows("one-more.example.net")).toBe(false);
    expect(made.knows("spelled.example.org")).toBe(false);
    made.contextFor("spelled.example.org");
    expect(made.knows("spelled.example.org")).toBe(true);
    time += 6.5 * 86_400_000;
    expect(made.knows("a.example.net")).toBe(false);
    expect(made.contextFor("a.example.net")).not.toBe(first);
  }, 60_000);

  it("speaks for no name at all when the manifest has none", () => {
    const mute = createCertificateAuthority({ names: ["127.0.0.1"], now });
    expect(() => mute.contextFor("example.com")).toThrow(BottleError);
    expect(new Oracle(mute.caPem).getExtension("2.5.29.30")?.critical).toBe(true);
    expect(mute.caPem).toBe(new X509Certificate(mute.caPem).toString());
  });

  it("widens thousands of names to their parents and still refuses what the manifest does not name", () => {
    const names = Array.from({ length: 5000 }, (_, index) => `h${index}.example.com`);
    const wide = createCertificateAuthority({ names, now });
    expect(wide.caPem.length).toBeLessThan(2000);
    expect(() => wide.contextFor("x.example.com")).toThrow(BottleError);
    expect(() => wide.contextFor("h17.example.com")).not.toThrow();
  });

  it("refuses a host that is no DNS name", () => {
    for (const bad of ["*", "*.", "exa mple.com", "é.example", "a.b/c", "-a.example"])
      expect(() => createCertificateAuthority({ names: [bad], now })).toThrow(BottleError);
  });

  it("goes on as it was kept, for the names it has, while half of its days are left", () => {
    let time = now.getTime();
    const clock = (): Date => new Date(time);
    const names = ["a.example.com", "*.example.net"];
    const first = createCertificateAuthority({ names, now: clock, days: 100 });
    const kept = JSON.parse(JSON.stringify(first.keep())) as KeptAuthority;
    const narrower = createCertificateAuthority({
      names: ["x.example.net"],
      now: clock,
      days: 100,
      kept,
    });
    expect(narrower.caPem).toBe(first.caPem);
    const ca = new X509Certificate(narrower.caPem);
    expect(new Oracle(narrower.caPem).publicKey.rawData).toEqual(
      new Oracle(first.caPem).publicKey.rawData,
    );
    expect(ca.checkPrivateKey(createPrivateKey(narrower.keep().key))).toBe(true);
    // The names of the manifest alone, though the certificate would let it say more.
    expect(() => narrower.contextFor("a.example.com")).toThrow(BottleError);
    for (const more of ["b.example.com", "*.example.com", "example.org"])
      expect(
        createCertificateAuthority({ names: [more], now: clock, days: 100, kept }).caPem,
      ).not.toBe(first.caPem);
    time += 51 * 86_400_000;
    expect(createCertificateAuthority({ names, now: clock, days: 100, kept }).caPem).not.toBe(
      first.caPem,
    );
  });

  it("says for which hosts and wildcards it was made", () => {
    for (const good of [
      "api.example.com",
      "x.example.net",
      "*.example.net",
      "*.b.example.net",
      "10.9.9.9",
      "::2",
    ])
      expect(authority.speaksFor(good), good).toBe(true);
    for (const bad of [
      "example.com",
      "x.api.example.com",
      "example.net",
      "*.com",
      "*.example.com",
      "*.api.example.com",
    ])
      expect(authority.speaksFor(bad), bad).toBe(false);
  });
});
