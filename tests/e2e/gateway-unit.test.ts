/** The systemd unit of examples/, as it stands there: its command line, its hardening, its credential. */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { need } from "../support/require.ts";
import { bootSystemd, lacksSystemd } from "../support/systemd.ts";
import { openWorld, secret } from "./support/alone.ts";

const root = resolve(import.meta.dirname, "../..");
const unit = join(root, "examples/gateway/claude-bottle-gateway.service");
const service = "claude-bottle-gateway.service";
/** Where a service may read: a clone in a home or in /tmp is out of the unit's sight. */
const installed = "/usr/lib/claude-bottle";

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const write = (path: string, text: string, mode: string): string =>
  `install -D -m ${mode} /dev/stdin ${path} <<'END'\n${text}\nEND\n`;

describe("the unit", () => {
  it("is one that systemd takes, serves behind its hardening, reloads, drains, and keeps what it should", async (context) => {
    need(context, lacksSystemd());
    await using world = await openWorld();
    await using systemd = await bootSystemd(installed, [
      join(root, "dist"),
      join(root, "package.json"),
    ]);
    const text = await readFile(world.manifest, "utf8");
    const manifest = text.replace("env:API_SECRET", `file:/run/credentials/${service}/api`);
    const trust = await readFile(String(world.env["NODE_EXTRA_CA_CERTS"]), "utf8");
    const made = await systemd.run(
      [
        write("/etc/claude-bottle/bottles.yaml", manifest.replace('"e2e"', '"dev"'), "644"),
        write("/etc/claude-bottle/secrets/api", secret, "600"),
        write("/etc/claude-bottle/upstreams.pem", trust, "644"),
        write(
          "/usr/local/bin/bottle",
          `#!/bin/sh\nexec ${quoted(process.execPath)} ${installed}/dist/cli.js "$@"`,
          "755",
        ),
        write(`/etc/systemd/system/${service}`, await readFile(unit, "utf8"), "644"),
        // The test's upstreams have an authority of their own.
        write(
          `/etc/systemd/system/${service}.d/trust.conf`,
          "[Service]\nEnvironment=NODE_EXTRA_CA_CERTS=/etc/claude-bottle/upstreams.pem",
          "644",
        ),
      ].join(""),
    );
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const verified = await systemd.run(`systemd-analyze verify ${service}`);
    expect(verified).toEqual({ code: 0, stdout: "", stderr: "" });
    const started = await systemd.run(`systemctl daemon-reload && systemctl start ${service}`);
    const log = async (): Promise<string> =>
      (await systemd.run(`journalctl -u ${service} -o cat --no-pager`)).stdout;
    const until = async (what: RegExp): Promise<string> => {
      for (let left = 200; left > 0; left -= 1) {
        const found = what.exec(await log());
        if (found !== null) return found[0];
        await new Promise((done) => setTimeout(done, 50));
      }
      throw new Error(`${await log()}${started.stderr}`);
    };
    const said = JSON.parse(await until(/^\{"id".*\}$/m)) as { placeholder: string; id: string };

    const ask = `
      const { connect } = require("node:net");
      const socket = connect("/run/claude-bottle-gateway/door/gateway.sock");
      const host = "api.example.com:443";
      const shown = Buffer.from("x:${said.placeholder}").toString("base64");
      socket.write("CONNECT " + host + " HTTP/1.1\\r\\nHost: " + host + "\\r\\nProxy-Authorization: Basic " + shown + "\\r\\n\\r\\n");
      socket.once("data", () => {
        const ca = require("node:fs").readFileSync("/run/claude-bottle-gateway/certificates/ca.pem");
        const inner = require("node:tls").connect({ socket, servername: "api.example.com", ca });
        inner.write("GET /unit HTTP/1.1\\r\\nHost: api.example.com\\r\\nX-Api-Key: ${said.placeholder}\\r\\nConnection: close\\r\\n\\r\\n");
        inner.pipe(process.stdout);
      });`;
    const asked = await systemd.run(`${quoted(process.execPath)} -e ${quoted(ask)}`);
    expect(asked.stderr).toBe("");
    expect(asked.stdout).toMatch(/^HTTP\/1\.1 200 /);
    expect(world.services.seen.at(-1)).toMatchObject({
      url: "/unit",
      fields: { "x-api-key": secret },
    });

    const facts = await systemd.run(`
      pid=$(systemctl show -p MainPID --value ${service})
      stat -c '%a %U' /run/claude-bottle-gateway/door /run/claude-bottle-gateway/door/gateway.sock \
        /run/claude-bottle-gateway/certificates/ca.pem /var/lib/claude-bottle-gateway/gateway/gateway.json
      grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/$pid/status
      grep -a -c ${secret} /proc/$pid/environ
      curl -s http://127.0.0.1:4181/healthz`);
    expect(facts.stdout).toBe(
      [
        ...["700 ", "600 ", "644 ", "600 "].map((mode) => `${mode}claude-bottle-gateway`),
        ...["CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2", "0", "ok", ""],
      ].join("\n"),
    );

    await systemd.run(
      `sed -i 's/"plain.example.com"/"git.example.com"/' /etc/claude-bottle/bottles.yaml && systemctl reload ${service}`,
    );
    await until(/reloaded: hosts: -https:\/\/plain\.example\.com:443/);
    const stopped = await systemd.run(
      `systemctl stop ${service}; systemctl show -p Result -p ExecMainStatus ${service}; ls /run/claude-bottle-gateway; ls /var/lib/claude-bottle-gateway`,
    );
    expect(stopped.stdout).toContain("Result=success");
    expect(stopped.stdout).toContain("ExecMainStatus=0");
    expect(stopped.stdout).toContain("claude-bottle\nclaude-bottle-keys\ngateway\n");
    await systemd.run(`systemctl start ${service}`);
    await until(
      new RegExp(
        `^\\{"id":"${said.id}".*${said.placeholder}[^]*^\\{"id":"${said.id}".*${said.placeholder}`,
        "m",
      ),
    );
    expect(await log()).not.toContain(secret);
  });
});
