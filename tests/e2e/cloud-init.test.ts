import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { runProgram } from "./support/alone.ts";
import { cliProgram } from "./support/cli.ts";
import { preparation } from "../support/docker/daemon.ts";
import { need } from "../support/require.ts";
import { bootSystemd, lacksSystemd } from "../support/systemd.ts";
import { keygen, publicKey } from "../support/vm/home.ts";
import { lacksVm, openVm } from "../support/vm/vm.ts";

let folder: string;
const key = (): string => join(folder, "id");
const bottle = (...args: readonly string[]) =>
  runProgram([process.execPath, cliProgram, ...args], { PATH: process.env["PATH"] }, folder);

interface Written {
  readonly path: string;
  readonly content: string;
}

async function written(...args: readonly string[]): Promise<readonly Written[]> {
  const { stdout } = await bottle("vm", "cloud-init", "--key", `${key()}.pub`, ...args);
  return (parse(stdout) as { readonly write_files: readonly Written[] }).write_files;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloud-init-"));
  keygen(key());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("bottle vm cloud-init", () => {
  it("writes both files for the owner alone, and says what is left to do", async () => {
    const args = ["--for", "ec2", "--name", "box", "--out", "vm.yaml", "--known-hosts", "known"];
    const { code, stdout, stderr } = await bottle(
      "vm",
      "cloud-init",
      "--key",
      `${key()}.pub`,
      ...args,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain("--instance-initiated-shutdown-behavior terminate");
    expect(stderr).toContain("bottle doctor --place ssh://box");
    const config = parse(await readFile(join(folder, "vm.yaml"), "utf8")) as {
      readonly ssh_keys: { readonly ed25519_public: string };
    };
    expect(await readFile(join(folder, "known"), "utf8")).toBe(
      `box ${config.ssh_keys.ed25519_public}\n`,
    );
    for (const name of ["vm.yaml", "known"])
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    const again = await bottle("vm", "cloud-init", "--key", `${key()}.pub`, ...args);
    expect(again.stderr).toContain("E_VM_FILE");
  });

  it("lets a private key stay where it is, and asks for one where there is none", async () => {
    const wrong = await bottle("vm", "cloud-init", "--key", key());
    expect(wrong).toMatchObject({ code: 125, stdout: "" });
    expect(wrong.stderr).toMatch(/E_VM_KEY[\s\S]*private key/);
    expect((await bottle("vm", "cloud-init")).stderr).toContain("E_VM_KEY");
  });

  it("takes the keys of the owner's agent", async () => {
    const agent = spawn("ssh-agent", ["-D", "-a", join(folder, "agent")], { stdio: "ignore" });
    const env = { PATH: process.env["PATH"], SSH_AUTH_SOCK: join(folder, "agent") };
    await sleep(300);
    await runProgram(["ssh-add", key()], env, folder);
    const { stdout } = await runProgram(
      [process.execPath, cliProgram, "vm", "cloud-init"],
      env,
      folder,
    );
    agent.kill();
    expect(stdout).toContain(publicKey(key()));
  });
});

describe("a machine of it", () => {
  it(
    "comes to its end by itself, whatever else became of it",
    async (context) => {
      need(context, lacksSystemd());
      const files = await written("--ttl", "1m");
      const units = files.filter(({ path }) => path.includes("-end."));
      expect(units).toHaveLength(2);
      for (const { path, content } of units)
        await writeFile(
          join(folder, path.replace("/etc/systemd/system/", "")),
          content.replace("OnBootSec=60", "OnBootSec=3"),
        );
      await using systemd = await bootSystemd(
        "/opt/units",
        units.map(({ path }) => join(folder, path.replace("/etc/systemd/system/", ""))),
      );
      await systemd.run(
        "cp /opt/units/* /etc/systemd/system/; systemctl daemon-reload; systemctl start claude-bottle-end.timer",
      );
      let left = 200;
      // Its first process is gone, and nothing can be run in it.
      const stands = (): Promise<boolean> =>
        systemd.run("true").then(
          ({ code }) => code === 0,
          () => false,
        );
      while ((await stands()) && left > 0) {
        left -= 1;
        await sleep(100);
      }
      expect(left).toBeGreaterThan(0);
    },
    preparation,
  );

  it(
    "is set up by its script: no container reaches metadata, sshd and Docker take their configuration",
    async (context) => {
      need(context, lacksVm());
      const files = await written("--ttl", "2h");
      await using vm = await openVm({ latency: 0 });
      const put = async (path: string, mode = "0644"): Promise<void> => {
        const content = files.find((file) => file.path === path)?.content ?? "";
        const quoted = `'${content.replaceAll("'", String.raw`'\''`)}'`;
        const put = `mkdir -p "$(dirname ${path})"; printf %s ${quoted} >${path}; chmod ${mode} ${path}`;
        expect(await vm.run(put)).toMatchObject({ code: 0 });
      };
      for (const { path } of files) await put(path, path.includes("/sbin/") ? "0755" : "0644");

      // The metadata of a cloud: an address that the machine reaches, and a container would.
      await vm.run(
        "ip link add meta type veth peer name cloud; ip addr add 192.168.77.1/24 dev meta; ip link set meta up; ip route add 169.254.0.0/16 dev meta via 192.168.77.2",
      );
      await vm.run(
        "ip netns add cloud 2>/dev/null || { mkdir -p /run/netns; ip netns add cloud; }",
      );
      const laid = await vm.run(
        "ip link set cloud netns cloud && ip netns exec cloud sh -c 'ip addr add 169.254.169.254/32 dev lo; ip addr add 192.168.77.2/24 dev cloud; ip link set cloud up; ip link set lo up; ip route add default via 192.168.77.1' && " +
          "{ setsid ip netns exec cloud python3 -m http.server 80 --directory /etc/docker >/dev/null 2>&1 </dev/null & } && sleep 1",
      );
      expect(laid).toMatchObject({ code: 0 });
      const reach = "curl -s -m 3 http://169.254.169.254/daemon.json";
      const inside = `docker run --rm debian:trixie-slim ${reach}`;
      expect((await vm.run(inside)).stdout).toContain("live-restore");
      const blocked = await vm.run(
        "/usr/local/sbin/claude-bottle-metadata && /usr/local/sbin/claude-bottle-metadata",
      );
      expect(blocked).toMatchObject({ code: 0, stderr: "" });
      expect((await vm.run(inside)).stdout).toBe("");
      expect((await vm.run(reach)).stdout).toContain("live-restore");

      // The script itself, with a package manager and a systemd that only note what they are asked for.
      const note = (name: string): string =>
        `printf '#!/bin/sh\\necho "${name} $*" >>/tmp/asked\\n' >/usr/local/sbin/${name}; chmod 755 /usr/local/sbin/${name}`;
      await vm.run(`${note("apt-get")}; ${note("systemctl")}`);
      const setUp = await vm.run("PATH=/usr/local/sbin:$PATH claude-bottle-setup");
      expect(setUp).toMatchObject({ code: 0, stderr: "" });
      expect((await vm.run("ls /var/lib/claude-bottle")).stdout).toBe("ready\n");
      const asked = (await vm.run("cat /tmp/asked")).stdout.trim().split("\n");
      expect(asked.map((line) => line.split(" ").slice(-1)[0])).toEqual([
        ...["daemon-reload", "claude-bottle-end.timer", "update", "curl"],
        ...["claude-bottle-metadata.service", "docker.io", "docker", "ssh"],
      ]);
      const moment = (await vm.run("cat /etc/systemd/system/claude-bottle-end.timer.d/moment.conf"))
        .stdout;
      const at = /^OnCalendar=(.*) UTC$/m.exec(moment)?.[1] ?? "";
      expect(
        Math.abs(Date.parse(`${at.replace(" ", "T")}Z`) - Date.now() - 7_200_000),
      ).toBeLessThan(120_000);

      const sshd =
        "/usr/sbin/sshd -t -f /etc/ssh/sshd_config.d/10-claude-bottle.conf -h /etc/ssh/host";
      expect(await vm.run(sshd)).toMatchObject({ code: 0, stderr: "" });
      await vm.run(
        "pkill -x dockerd; while pgrep -x dockerd; do sleep 0.1; done; rm -f /var/run/docker.pid",
      );
      await vm.run("setsid dockerd --group docker >>/var/log/dockerd.log 2>&1 </dev/null &");
      const again =
        "for i in $(seq 100); do docker info --format '{{.LiveRestoreEnabled}} {{.LoggingDriver}}' && break; sleep 0.1; done";
      expect((await vm.run(again)).stdout.trim().split("\n").at(-1)).toBe("true local");
    },
    preparation,
  );
});
