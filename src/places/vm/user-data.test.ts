import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { lacksProgram, need } from "../../../tests/support/require.ts";
import { makeHostKey } from "./host-key.ts";
import { providerFacts, providers } from "./provider.ts";
import { readPublicKey } from "./public-key.ts";
import { setupScript } from "./scripts.ts";
import { userData } from "./user-data.ts";

const folder = mkdtempSync(join(tmpdir(), "user-data-"));
afterAll(() => rmSync(folder, { recursive: true }));

const hostKey = makeHostKey();
const publicKeys = [hostKey.public];

interface Config {
  readonly users: readonly {
    readonly name: string;
    readonly ssh_authorized_keys: readonly string[];
  }[];
  readonly ssh_keys: { readonly ed25519_private: string; readonly ed25519_public: string };
  readonly write_files: readonly {
    readonly path: string;
    readonly permissions: string;
    readonly content: string;
  }[];
  readonly runcmd: readonly (readonly string[])[];
  readonly ssh_pwauth: boolean;
}

const made = (gvisor: boolean): string => userData({ seconds: 7200, gvisor, publicKeys, hostKey });
const config = (gvisor: boolean): Config => parse(made(gvisor)) as Config;
const file = (gvisor: boolean, path: string): string =>
  config(gvisor).write_files.find((one) => one.path === path)?.content ?? "";

describe.each([false, true])("the user data (gVisor: %s)", (gvisor) => {
  it("is cloud-config, and YAML that holds every file as it was written", () => {
    expect(made(gvisor).startsWith("#cloud-config\n")).toBe(true);
    const { users, ssh_keys: keys, ssh_pwauth: passwords, runcmd } = config(gvisor);
    expect(users.map(({ ssh_authorized_keys: [key] }) => key)).toEqual(publicKeys);
    expect(keys).toEqual({ ed25519_private: hostKey.private, ed25519_public: hostKey.public });
    expect(passwords).toBe(false);
    expect(file(gvisor, "/usr/local/sbin/claude-bottle-setup")).toBe(
      setupScript({ seconds: 7200, gvisor }),
    );
    expect(runcmd).toEqual([["/usr/local/sbin/claude-bottle-setup"]]);
  });

  it("fits what each provider takes", () => {
    for (const provider of providers)
      expect(Buffer.byteLength(made(gvisor))).toBeLessThan(providerFacts[provider].maxBytes);
  });

  it("has scripts that a shell can read, and a configuration that Docker can", () => {
    for (const { path, permissions, content } of config(gvisor).write_files) {
      if (!path.startsWith("/usr/local/sbin/")) continue;
      expect(permissions).toBe("0755");
      for (const shell of ["sh", "bash"]) {
        const { status, stderr } = spawnSync(shell, ["-n"], { input: content, encoding: "utf8" });
        expect({ path, status, stderr }).toEqual({ path, status: 0, stderr: "" });
      }
    }
    const daemon = JSON.parse(file(gvisor, "/etc/docker/daemon.json")) as Record<string, unknown>;
    expect(daemon["live-restore"]).toBe(true);
    expect("runtimes" in daemon).toBe(gvisor);
  });

  it("has units that systemd takes", (context) => {
    need(context, lacksProgram("systemd-analyze"));
    const units = config(gvisor).write_files.filter(({ path }) => path.includes("/systemd/"));
    expect(units).toHaveLength(3);
    const paths = units.map(({ path, content }) => {
      const at = join(folder, path.replace("/etc/systemd/system/", ""));
      // What they start is not installed here.
      writeFileSync(at, content.replace("/usr/local/sbin/claude-bottle-metadata", "/bin/true"));
      return at;
    });
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...paths], {
      encoding: "utf8",
    });
    expect({
      status,
      stderr: stderr.split("\n").filter((line) => line.includes("claude-bottle")),
    }).toEqual({
      status: 0,
      stderr: [],
    });
  });
});

describe("the host key", () => {
  it("is one that OpenSSH takes, with its public half", (context) => {
    need(context, lacksProgram("ssh-keygen"));
    for (let round = 0; round < 5; round += 1) {
      const { private: text, public: open } = makeHostKey();
      const path = join(folder, `key-${round}`);
      writeFileSync(path, text, { mode: 0o600 });
      const { stdout, stderr } = spawnSync("ssh-keygen", ["-y", "-f", path], { encoding: "utf8" });
      expect(`${stdout}${stderr}`.trim()).toBe(open);
    }
  });
});

describe("the owner's public key", () => {
  it("is one line of a known kind, and loses its comment", () => {
    expect(readPublicKey(`${hostKey.public} me@laptop\n`)).toBe(hostKey.public);
  });

  it.each([
    "",
    hostKey.private,
    `command="x" ${hostKey.public}`,
    hostKey.public.replace("ssh-ed25519", "ssh-rsa"),
    `${hostKey.public}\nssh-rsa AAAA`,
    "ssh-dss AAAAB3NzaC1kc3MAAACBAO",
  ])("is nothing else: %s", (text) => {
    expect(readPublicKey(text)).toBeUndefined();
  });
});
