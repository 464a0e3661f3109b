import { describe, expect, it } from "vitest";
import { readEndpoint, waysBackBeside } from "./endpoint.ts";

describe("an endpoint of the link", () => {
  it.each([
    ["/run/claude-bottle/gateway.sock", { path: "/run/claude-bottle/gateway.sock" }],
    ["tcp:10.209.0.2:4180", { host: "10.209.0.2", port: 4180 }],
    ["tcp:[fd00::2]:65535", { host: "fd00::2", port: 65535 }],
  ])("is read from %s", (text, endpoint) => {
    expect(readEndpoint(text)).toEqual(endpoint);
  });

  it.each([
    "",
    "gateway.sock",
    "tcp:",
    "tcp:10.209.0.2",
    "tcp:10.209.0.2:0",
    "tcp:10.209.0.2:65536",
    "tcp:10.209.0.2:04180",
    "tcp:10.209.0.2:4180 ",
    "tcp:10.209.0.256:4180",
    "tcp:gateway:4180",
    "tcp:fd00::2:4180",
    "tcp:[10.209.0.2]:4180",
    "udp:10.209.0.2:4180",
  ])("is nothing else: %s", (text) => {
    expect(readEndpoint(text)).toBeUndefined();
  });

  it("has the ways back beside it", () => {
    expect(waysBackBeside({ path: "/run/claude-bottle/gateway.sock" })).toEqual({
      path: "/run/claude-bottle/ports.sock",
    });
    expect(waysBackBeside({ host: "10.209.0.2", port: 4180 })).toEqual({
      host: "10.209.0.2",
      port: 4182,
    });
  });
});
