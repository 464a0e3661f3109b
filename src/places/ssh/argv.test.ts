import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSshAddress } from "../../manifest/formats/ssh-address.ts";
import { commandArgv, forwardArgv, masterArgv, sshEnv } from "./argv.ts";

describe("a place as it is written", () => {
  it("is a host with a user and a port, each of them where it is wanted", () => {
    expect(parseSshAddress("ssh://me@vm")).toEqual({ user: "me", host: "vm", port: undefined });
    expect(parseSshAddress("ssh://vm.example.com:2222")).toEqual({
      user: undefined,
      host: "vm.example.com",
      port: 2222,
    });
    expect(parseSshAddress("ssh://me@[2001:db8::1]:22")).toEqual({
      user: "me",
      host: "2001:db8::1",
      port: 22,
    });
  });

  it.each([
    "ssh://-oProxyCommand=x",
    "ssh://-vm",
    "ssh://-me@vm",
    "ssh://me@-vm",
    "ssh://me:password@vm",
    "ssh://me@vm/path",
    "ssh://me@vm?x",
    "ssh://me@vm:0",
    "ssh://me@vm:65536",
    "ssh://me@vm:22 ",
    "ssh://me@vm\n",
    "ssh://me@$(x)",
    "ssh://`x`@vm",
    "ssh://me@vm;x",
    "ssh://",
    "ssh://@vm",
    "me@vm",
    "SSH://me@vm",
    `ssh://${"a".repeat(254)}`,
  ])("is nothing else: %s", (text) => {
    expect(parseSshAddress(text)).toBeUndefined();
  });

  it("never becomes an option of ssh, nor two words of it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (rest) => {
        const to = parseSshAddress(`ssh://${rest}`);
        if (to === undefined) return;
        const argv = masterArgv(to, "/run/m");
        expect(argv.slice(-3)).toEqual(["--", to.host, "exec /bin/sh"]);
        for (const word of [to.host, to.user ?? "me"]) expect(word).toMatch(/^[\w[][\w.:-]*$|^:/);
      }),
      { seed: 20251124, numRuns: 2000 },
    );
  });
});

describe("what ssh is called with", () => {
  const to = { user: "me", host: "vm", port: 22 };

  it("leaves every check of the host's key on", () => {
    const argv = masterArgv(to, "/run/m");
    expect(argv).toContain("StrictHostKeyChecking=yes");
    expect(argv.join(" ")).not.toMatch(/StrictHostKeyChecking=(?!yes)|KnownHostsFile/);
  });

  it("makes no second connection where the first is gone", () => {
    for (const argv of [commandArgv(to, "/m", "true"), forwardArgv(to, "/m", "/d", "/s")])
      expect(argv.slice(0, 4)).toEqual(["-F", "none", "-o", "ProxyCommand=false"]);
  });

  it("is the owner's environment without what could be secret", () => {
    const env = sshEnv({ PATH: "/bin", SSH_AUTH_SOCK: "/a", API_KEY: "s3cret", LC_ALL: "de" });
    expect(env).toEqual({ PATH: "/bin", SSH_AUTH_SOCK: "/a", LC_ALL: "C" });
  });
});
