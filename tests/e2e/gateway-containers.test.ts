/** The container example as it stands in examples/: built, run, and used by a client that reaches nothing else. */
import { chown, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { baseTime, lacksContainers, openContainers } from "../support/containers.ts";
import { need } from "../support/require.ts";
import { runProgram, secret } from "./support/alone.ts";

const example = resolve(import.meta.dirname, "../../examples/gateway");
const dist = resolve(import.meta.dirname, "../../dist");
const upstream = "172.31.99.10";

const echo = `require("node:http").createServer((request, response) =>
  response.end(JSON.stringify({ url: request.url, key: request.headers["x-api-key"] }))).listen(8080)`;

it(
  "the container example: its client reaches the gateway, what the gateway allows, and nothing else",
  async (context) => {
    need(context, lacksContainers());
    await using containers = await openContainers();
    const { docker, env, base } = containers;
    const folder = await mkdtemp(join(tmpdir(), "example-"));
    try {
      await cp(dist, join(folder, "dist"), { recursive: true });
      await docker(
        ...["build", "-q", "-t", "claude-bottle-gateway", "--build-arg", `BASE=${base}`],
        ...["-f", join(example, "Containerfile"), join(folder, "dist")],
      );
      await docker("network", "create", "--subnet", "172.31.99.0/24", "outside");
      await docker(
        ...["run", "-d", "--name", "upstream", "--network", "outside", "--ip", upstream],
        ...[base, "node", "-e", echo],
      );
      await mkdir(join(folder, "secrets"));
      await writeFile(join(folder, "secrets/api"), secret, { mode: 0o400 });
      await chown(join(folder, "secrets/api"), 65532, 65532);
      const at = { host: `${upstream}:8080`, scheme: "http", methods: ["GET"], paths: ["/v1/**"] };
      const credentials = [{ ...at, header: "X-Api-Key: {secret}", secret: "file:/secrets/api" }];
      const manifest = { version: 1, bottles: { dev: { credentials } }, agents: {} };
      await writeFile(join(folder, "bottles.yaml"), JSON.stringify(manifest), { mode: 0o644 });

      const up = await runProgram(["sh", join(example, "containers.sh")], env, folder);
      expect(up).toMatchObject({ code: 0, stderr: "" });
      const said = JSON.parse(await readFile(join(folder, "gateway.json"), "utf8")) as {
        placeholder: string;
        proxy: string;
      };
      // The command that the script prints.
      const line = /^docker (run .*) IMAGE COMMAND$/m.exec(up.stdout)?.[1] ?? "";
      const run = line.replace("client.env", join(folder, "client.env")).split(" ");
      const client = (...argv: readonly string[]) =>
        runProgram(["docker", ...run, base, ...argv], env, folder);

      const url = `http://${upstream}:8080/v1/x`;
      const key = `X-Api-Key: ${said.placeholder}`;
      const good = await client("curl", "-sS", "-H", key, url);
      // The secret went out, and the echo of it did not come in.
      expect(JSON.parse(good.stdout)).toEqual({ url: "/v1/x", key: "*".repeat(secret.length) });
      const bad = await client("curl", "-sSi", "-H", key, `http://${upstream}:8080/other`);
      expect(bad.stdout).toContain("x-claude-bottle: credential-rule");
      const stranger = await client("curl", "-sSi", "-x", "http://gateway:4180", url);
      expect(stranger.stdout).toMatch(/^HTTP\/1\.1 407 /);

      // No way but the gateway: not directly, not by a name server, not to this machine, not to the health.
      // Refused would mean that it was reached.
      for (const place of [`${upstream}:8080`, "172.31.99.1:4180", "192.0.2.1"]) {
        const argv = ["curl", "-sS", "-m", "2", "--noproxy", "*", `http://${place}/v1/x`];
        const direct = await client(...argv);
        expect(direct.stderr).toMatch(/timed out|No route to host|unreachable/);
      }
      const dns = await client(
        "env",
        "RES_OPTIONS=timeout:1 attempts:1",
        "getent",
        "hosts",
        "docs.example.org",
      );
      expect(dns.code).not.toBe(0);
      const health = ["curl", "-sS", "-m", "3", "--noproxy", "*", "http://gateway:4181/healthz"];
      expect((await client(...health)).code).toBe(7);
      const healthy = `fetch("http://127.0.0.1:4181/healthz").then(async (a) => console.log(a.status))`;
      expect(await docker("exec", "gateway", "node", "-e", healthy)).toBe("200");

      expect(await docker("inspect", "gateway")).not.toContain(secret);
      const audit = ["/opt/claude-bottle/cli.js", "ps", "--all", "--format", "json"];
      expect(await docker("exec", "gateway", "node", ...audit)).toContain('"state":"running"');
      await docker("stop", "-t", "20", "gateway");
      expect(await docker("inspect", "-f", "{{.State.ExitCode}}", "gateway")).toBe("0");
      // What was kept makes it the same gateway again.
      await docker("start", "gateway");
      while (!(await docker("logs", "--since", "1s", "gateway")).includes(said.proxy));
      const again = await client("curl", "-sS", "-H", key, url);
      expect(JSON.parse(again.stdout)).toMatchObject({ url: "/v1/x" });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  baseTime,
);
