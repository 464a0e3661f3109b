import { describe, expect, it, test } from "vitest";
import { doorOf, hostPort, placeOf } from "./place.ts";

describe("a place to listen at", () => {
  it.each([
    ["127.0.0.1:4180", { host: "127.0.0.1", port: 4180 }],
    ["127.9.9.9:0", { host: "127.9.9.9", port: 0 }],
    ["localhost:1", { host: "127.0.0.1", port: 1 }],
    ["[::1]:4180", { host: "::1", port: 4180 }],
    ["/run/x/s", { path: "/run/x/s" }],
  ])("is %s", (text, place) => {
    expect(placeOf(text, false)).toEqual(place);
  });

  it.each(["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[::ffff:127.0.0.1]:1", "[fe80::1]:1"])(
    "that others may reach is asked for: %s",
    (text) => {
      expect(() => placeOf(text, false)).toThrow("A gateway cannot be at");
      expect(placeOf(text, true)).toMatchObject({ port: 1 });
    },
  );

  it.each([
    "",
    "4180",
    ":4180",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "127.0.0.1:-1",
    "127.1:80",
    "example.org:80",
    "relative/path",
    "@abstract",
    `/${"x".repeat(107)}`,
  ])("is never %j", (text) => {
    expect(() => placeOf(text, true)).toThrow(
      expect.objectContaining({ code: "E_USAGE" }) as Error,
    );
  });
});

test("a door is a name or an address with a port", () => {
  expect(doorOf("gateway.internal:4180")).toEqual({ host: "gateway.internal", port: 4180 });
  expect(doorOf("10.0.0.1:80")).toEqual({ host: "10.0.0.1", port: 80 });
  expect(hostPort(doorOf("[::1]:80"))).toBe("[::1]:80");
  for (const text of ["gateway", "gateway:0", "a b:1", "UPPER:1", "http://x:1", "x:1/", "x@y:1"])
    expect(() => doorOf(text)).toThrow(expect.objectContaining({ code: "E_USAGE" }) as Error);
});
