import fc from "fast-check";
import { expect, test } from "vitest";
import { authorityKey, hostField, namesAuthority, parseHostPort } from "./authority.ts";
import { Refusal } from "./refusal.ts";

test.each([
  ["example.org", "example.org", undefined],
  ["EXAMPLE.org:8443", "example.org", 8443],
  ["xn--bcher-kva.example", "xn--bcher-kva.example", undefined],
  ["192.0.2.1:80", "192.0.2.1", 80],
  ["[2001:db8::1]:443", "2001:db8::1", 443],
  ["[2001:DB8::1]", "2001:db8::1", undefined],
  ["localhost:1", "localhost", 1],
  ["a1.2b", "a1.2b", undefined],
])("%s is one host", (text, host, port) => {
  expect(parseHostPort(text)).toEqual({ host, port });
});

test.each([
  "",
  ".",
  "example.org.",
  ".example.org",
  "exa..mple.org",
  "-a.example",
  "a-.example",
  "exa_mple.org",
  "user@example.org",
  "allowed.example:x@evil.example",
  "example.org:",
  "example.org:0",
  "example.org:080",
  "example.org:65536",
  "example.org:443:443",
  "example.org:+443",
  "example.org%00",
  "example.org%2eevil",
  "example.org\0.evil",
  "example.org/",
  "example.org?",
  "example.org#",
  "example.org\\evil",
  "bücher.example",
  "ｅxample.org",
  "example\u3002org",
  "127.1",
  "2130706433",
  "0x7f000001",
  "0x7f.0.0.1",
  "127.0.0.01",
  "127.0.0.0x1",
  "0177.0.0.1",
  "256.0.0.1",
  "1.2.3.4.5",
  "127.0.0.1.",
  "[::1",
  "::1",
  "[::1%25eth0]",
  "[::1%eth0]",
  "[fe80::1%1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[0:0:0:0:0:0:0:1]",
  "[::0001]",
  "[127.0.0.1]",
  "[example.org]",
  "*.example.org",
  `${"a".repeat(64)}.example`,
  `${"a.".repeat(127)}example`,
])("%j is refused, not repaired", (text) => {
  expect(() => parseHostPort(text)).toThrow(Refusal);
});

test("an authority has one key, and its host field leaves out the port that the scheme implies", () => {
  expect(authorityKey({ scheme: "https", host: "::1", port: 443 })).toBe("https://[::1]:443");
  expect(hostField({ scheme: "https", host: "a.example", port: 443 })).toBe("a.example");
  expect(hostField({ scheme: "http", host: "a.example", port: 443 })).toBe("a.example:443");
  expect(hostField({ scheme: "http", host: "2001:db8::1", port: 80 })).toBe("[2001:db8::1]");
});

test("a host field names an authority whether or not it spells the implied port", () => {
  const authority = { scheme: "https", host: "a.example", port: 443 } as const;
  for (const field of ["a.example", "A.EXAMPLE", "a.example:443"])
    expect(namesAuthority(field, authority)).toBe(true);
  for (const field of ["b.example", "a.example:80", "a.example:4430"])
    expect(namesAuthority(field, authority)).toBe(false);
  expect(namesAuthority("a.example", { ...authority, port: 8443 })).toBe(false);
});

test("whatever is accepted is plain, and is read the same again", () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 30, unit: fc.constantFrom(...Array.from("aA0.-:[]x7f%@ 1")) }),
      (text) => {
        let parsed;
        try {
          parsed = parseHostPort(text);
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
          return;
        }
        expect(parsed.host).toMatch(/^[a-z0-9.:-]+$/);
        const again = hostField({ scheme: "http", host: parsed.host, port: parsed.port ?? 80 });
        expect(parseHostPort(again).host).toBe(parsed.host);
      },
    ),
    { numRuns: 2000 },
  );
});
