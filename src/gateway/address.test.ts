import { expect, test } from "vitest";
import { createPublicCheck, mayDial } from "./address.ts";

const isPublic = createPublicCheck();

test.each([
  "1.1.1.1",
  "8.8.8.8",
  "160.79.104.10",
  "172.15.0.1",
  "172.32.0.1",
  "100.128.0.1",
  "2606:4700::1111",
  "2a00:1450:4001::1",
])("%s is public", (address) => {
  expect(isPublic(address)).toBe(true);
});

test.each([
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "100.64.0.1",
  "100.127.255.255",
  "127.0.0.1",
  "127.255.255.255",
  "168.63.129.16",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "239.255.255.250",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "::ffff:7f00:1",
  "0:0:0:0:0:ffff:0a00:0001",
  "64:ff9b::7f00:1",
  "64:ff9b::808:808",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:10::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "3fff::1",
  "5f00::1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  "not an address",
  "",
])("%j is not public", (address) => {
  expect(isPublic(address)).toBe(false);
});

test("a literal may be dialled because policy let exactly it through, and only as itself", () => {
  const authority = { scheme: "http", host: "10.1.2.3", port: 80 } as const;
  expect(mayDial(authority, "10.1.2.3", isPublic)).toBe(true);
  expect(mayDial(authority, "10.1.2.4", isPublic)).toBe(false);
});

test("localhost means loopback and nothing else", () => {
  const authority = { scheme: "http", host: "localhost", port: 80 } as const;
  expect(mayDial(authority, "127.0.0.1", isPublic)).toBe(true);
  expect(mayDial(authority, "::1", isPublic)).toBe(true);
  expect(mayDial(authority, "8.8.8.8", isPublic)).toBe(false);
  expect(mayDial({ ...authority, host: "sub.localhost" }, "127.0.0.1", isPublic)).toBe(false);
});
