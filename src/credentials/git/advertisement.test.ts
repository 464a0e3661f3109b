import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAdvertisement, rewriteAdvertisement } from "./advertisement.ts";
import { flushPacket, GitFormatError, packet } from "./pkt-line.ts";

const id = "a".repeat(40);

function advertisement(lines: readonly string[]): Buffer {
  return Buffer.concat([
    packet("# service=git-receive-pack\n"),
    flushPacket,
    ...lines.map((line) => packet(Buffer.from(line, "latin1"))),
    flushPacket,
  ]);
}

describe("a server's list of refs", () => {
  it("comes with no-thin, and without signed pushes and options; all else is as it was", () => {
    const body = advertisement([
      `${id} refs/heads/main\0report-status delete-refs push-cert=nonce push-options ofs-delta agent=git/2\n`,
      `${id} refs/heads/agent/x\n`,
    ]);
    expect(rewriteAdvertisement(body).toString("latin1")).toBe(
      advertisement([
        `${id} refs/heads/main\0report-status delete-refs ofs-delta agent=git/2 no-thin\n`,
        `${id} refs/heads/agent/x\n`,
      ]).toString("latin1"),
    );
  });

  it("has no-thin once, also where the server said it itself", () => {
    const body = advertisement([`${id} refs/heads/main\0no-thin report-status push-cert\n`]);
    expect(readAdvertisement(rewriteAdvertisement(body)).capabilities).toEqual([
      "report-status",
      "no-thin",
    ]);
  });

  it.each(["sha1", "sha256"])(
    "of real git is read and rewritten, by protocol 0 and 1, with %s",
    (format) => {
      const folder = mkdtempSync(join(tmpdir(), "advertisement-"));
      const git = (...args: readonly string[]): string =>
        execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", ...args], {
          encoding: "utf8",
        }).trim();
      try {
        git("init", "-q", "-b", "main", `--object-format=${format}`);
        git("config", "receive.advertisePushOptions", "true");
        for (const version of ["0", "1"]) {
          const say = (): Buffer =>
            execFileSync("git", ["receive-pack", "--http-backend-info-refs", folder], {
              env: { PATH: process.env["PATH"], GIT_PROTOCOL: `version=${version}` },
            });
          const whole = (body: Buffer): Buffer =>
            Buffer.concat([packet("# service=git-receive-pack\n"), flushPacket, body]);
          const empty = readAdvertisement(rewriteAdvertisement(whole(say())));
          expect(empty.capabilities).not.toContain("push-options");
          expect(empty.format).toBe(format);
          git("commit", "-q", "--allow-empty", "-m", version);
          const full = readAdvertisement(rewriteAdvertisement(whole(say())));
          expect(full.refs).toEqual(new Map([["refs/heads/main", git("rev-parse", "HEAD")]]));
          git("update-ref", "-d", "refs/heads/main");
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  it.each<[string, Buffer]>([
    [
      "another service",
      Buffer.concat([packet("# service=git-upload-pack\n"), flushPacket, flushPacket]),
    ],
    ["no service", Buffer.concat([packet(`${id} refs/heads/main\0x\n`), flushPacket])],
    ["no capabilities", advertisement([`${id} refs/heads/main\n`])],
    ["nothing", advertisement([])],
    ["capabilities on a second line", advertisement([`${id} a/b\0x`, `${id} a/c\0x`])],
    ["an id that is none", advertisement([`xyz refs/heads/main\0x\n`])],
    ["ids of another format", advertisement([`${id} refs/heads/main\0object-format=sha256\n`])],
    ["protocol 2", advertisement(["version 2\n", "fetch\n"])],
    ["an error", advertisement(["ERR no such repository\n"])],
    ["more after its end", Buffer.concat([advertisement([`${id} a/b\0x`]), packet("x")])],
    ["a page", Buffer.from("<html>")],
  ])("is refused with %s", (_what, body) => {
    expect(() => rewriteAdvertisement(body)).toThrow(GitFormatError);
  });

  it("is read whole or not at all, however a good one is changed", () => {
    const good = advertisement([
      `${id} refs/heads/main\0report-status push-cert=x push-options\n`,
      `${id} refs/heads/x\n`,
    ]);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const body = Buffer.from(good);
        body[at] = byte;
        try {
          const { capabilities } = readAdvertisement(rewriteAdvertisement(body));
          expect(capabilities).toContain("no-thin");
          expect(capabilities).not.toContain("push-options");
          expect(capabilities.filter((word) => word.startsWith("push-cert="))).toEqual([]);
        } catch (error) {
          expect(error).toBeInstanceOf(GitFormatError);
        }
      }),
      { seed: 20261124, numRuns: 2000 },
    );
  });
});
