/** A gateway alone whose manifest changes, whose place is taken, and that is started again. */
import { chmod, mkdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openWorld, runProgram, usualBottle } from "./support/alone.ts";
import type { Alone, AloneWorld } from "./support/alone.ts";

const tcp = ["--listen", "127.0.0.1:0"];
const without = (name: string): object => ({
  ...usualBottle,
  egress: { allow: usualBottle.egress.allow.filter((host) => host !== name) },
});

async function statusOf(world: AloneWorld, alone: Alone, host: string): Promise<string> {
  const { stdout } = await runProgram(
    ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_connect} %{http_code}", `https://${host}/`],
    { PATH: process.env["PATH"], HOME: world.env["HOME"], ...alone.said.env },
  );
  return stdout;
}

describe("a manifest that changes", () => {
  it("is in force without a restart, and the owner is told what changed", async () => {
    await using world = await openWorld();
    const alone = await world.start(tcp);
    expect(await statusOf(world, alone, "plain.example.com")).toBe("200 200");
    // As editors do: another file takes the name.
    await world.write(without("plain.example.com"));
    await alone.until("reloaded: hosts: -https://plain.example.com:443");
    expect(await statusOf(world, alone, "plain.example.com")).toBe("403 000");
    expect(await statusOf(world, alone, "registry.example")).toBe("200 200");
    await world.write(usualBottle);
    await alone.until("reloaded: hosts: +https://plain.example.com:443");
    expect(await statusOf(world, alone, "plain.example.com")).toBe("200 200");
    const { stdout } = await world.run(["audit", alone.said.id]);
    expect(stdout).toContain("note  rules-replaced  hosts: -https://plain.example.com:443");
  });

  it("is noticed where another file takes its name", async () => {
    await using world = await openWorld();
    const alone = await world.start(tcp);
    const text = await readFile(world.manifest, "utf8");
    const next = `${world.manifest}.new`;
    await writeFile(next, text.replace('"plain.example.com"', '"git.example.com"'), {
      mode: 0o600,
    });
    await rename(next, world.manifest);
    await alone.until("-https://plain.example.com:443");
  });

  it("ends the tunnels of a removed host", async () => {
    await using world = await openWorld();
    const alone = await world.start(tcp);
    const env = { PATH: process.env["PATH"], HOME: world.env["HOME"], ...alone.said.env };
    const [host, port] = alone.said.listen.split(":");
    const script = `
      const { request } = require("node:http");
      const { connect } = require("node:tls");
      const shown = Buffer.from("bottle:${alone.said.placeholder}").toString("base64");
      const headers = { host: "plain.example.com:443", "proxy-authorization": "Basic " + shown };
      const path = headers.host;
      request({ host: "${host}", port: ${port}, method: "CONNECT", path, headers }).end().on("connect", (_answer, socket) => {
        const inner = connect({ socket, servername: "plain.example.com" });
        inner.write("GET / HTTP/1.1\\r\\nHost: plain.example.com\\r\\n\\r\\n");
        inner.once("data", () => process.stderr.write("served\\n"));
        inner.on("close", () => process.stderr.write("closed\\n"));
        inner.resume();
      });`;
    const client = runProgram([process.execPath, "-e", script], env);
    while (world.services.seen.length === 0) await new Promise((done) => setTimeout(done, 20));
    await world.write(without("plain.example.com"));
    await alone.until("-https://plain.example.com:443; 1 connection ended");
    expect((await client).stderr).toBe("served\nclosed\n");
  });

  it("keeps the old rules where it is bad, and says where and why; SIGHUP reads it again", async () => {
    await using world = await openWorld();
    const alone = await world.start(tcp);
    await writeFile(world.manifest, "version: 1\nbottles:\n  e2e:\n    egres: {}\n");
    await alone.until("not reloaded: the old rules stay in force");
    expect(alone.stderr()).toContain(`${world.manifest}:4:5: error E_MANIFEST_UNKNOWN_KEY`);
    expect(await statusOf(world, alone, "plain.example.com")).toBe("200 200");
    expect((await world.run(["audit", alone.said.id])).stdout).toContain(
      "note  rules-kept  bottles.yaml:4:5: E_MANIFEST_UNKNOWN_KEY",
    );
    await world.write({ ...usualBottle, egress: { allow: ["new.example.org"] } });
    await alone.until("restart the bottle");
    expect(await statusOf(world, alone, "plain.example.com")).toBe("200 200");
    await world.write(usualBottle);
    await alone.until("reloaded: nothing changed");
    const before = alone.stderr().length;
    alone.process.kill("SIGHUP");
    while (!alone.stderr().slice(before).includes("reloaded: nothing changed"))
      await new Promise((done) => setTimeout(done, 20));
  });

  it("brings a new secret under the same placeholder", async () => {
    await using world = await openWorld();
    const file = join(world.folder, "key");
    await writeFile(file, "first-secret-0123456789", { mode: 0o600 });
    const bottle = {
      ...usualBottle,
      credentials: [{ ...usualBottle.credentials[0], secret: `file:${file}` }],
    };
    await world.write(bottle);
    const alone = await world.start(tcp);
    const ask = async (): Promise<unknown> => {
      const key = `X-Api-Key: ${alone.said.placeholder}`;
      await runProgram(["curl", "-sS", "-H", key, "https://api.example.com/"], {
        PATH: process.env["PATH"],
        HOME: world.env["HOME"],
        ...alone.said.env,
      });
      return world.services.seen.at(-1)?.fields;
    };
    expect(await ask()).toMatchObject({ "x-api-key": "first-secret-0123456789" });
    await writeFile(file, "second-secret-0123456789");
    alone.process.kill("SIGHUP");
    await alone.until("reloaded: credentials: ~x-api-key@api.example.com");
    expect(await ask()).toMatchObject({ "x-api-key": "second-secret-0123456789" });
    expect(alone.stderr()).not.toMatch(/(first|second)-secret/);
  });
});

describe("a service that does not take a secret any more", () => {
  it("makes the gateway look for a new one, without a signal", async () => {
    await using world = await openWorld();
    const file = join(world.folder, "key");
    await writeFile(file, "first-secret-0123456789", { mode: 0o600 });
    await world.write({
      ...usualBottle,
      credentials: [{ ...usualBottle.credentials[0], secret: `file:${file}` }],
    });
    const alone = await world.start(tcp);
    const key = `X-Api-Key: ${alone.said.placeholder}`;
    const ask = async (): Promise<string> => {
      const form = ["-o", "/dev/null", "-w", "%{http_code}"];
      const { stdout } = await runProgram(
        ["curl", "-sS", ...form, "-H", key, "https://api.example.com/rotated"],
        { PATH: process.env["PATH"], HOME: world.env["HOME"], ...alone.said.env },
      );
      return stdout;
    };
    await writeFile(file, "second-secret-0123456789");
    expect(await ask()).toBe("401");
    await alone.until("reloaded: credentials: ~x-api-key@api.example.com");
    expect(await ask()).toBe("200");
  });
});

describe("the place of a gateway alone", () => {
  it("is taken from no living program, and from nothing that is no socket", async () => {
    await using world = await openWorld();
    const folder = join(world.folder, "place");
    await mkdir(folder, { mode: 0o700 });
    const socket = join(folder, "s");
    const tell = (): Promise<{ code: number | null; stderr: string }> =>
      world.run(["gateway", "--manifest", world.manifest, "--listen", socket]);
    await writeFile(socket, "precious");
    expect(await tell()).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("E_GATEWAY_LISTEN") as string,
    });
    expect(await readFile(socket, "utf8")).toBe("precious");
    const other = join(folder, "other");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(other, resolve));
    await rename(socket, `${socket}.kept`);
    await symlink(other, socket);
    expect((await tell()).stderr).toContain("E_GATEWAY_LISTEN");
    const listening = ["gateway", "--manifest", world.manifest, "--listen", other];
    expect((await world.run(listening)).stderr).toContain("A program listens there");
    server.close();
    await chmod(folder, 0o755);
    expect((await world.run(listening)).stderr).toContain("E_GATEWAY_FOLDER");
  });

  it("is taken over from a gateway that was killed", async () => {
    await using world = await openWorld();
    const socket = join(world.folder, "place", "s");
    const first = await world.start(["--listen", socket]);
    first.process.kill("SIGKILL");
    await first.ended;
    expect((await stat(socket)).isSocket()).toBe(true);
    const second = await world.start(["--listen", socket]);
    expect(second.said.listen).toBe(socket);
    second.process.kill("SIGTERM");
    expect(await second.ended).toMatchObject({ code: 0 });
    await expect(stat(socket)).rejects.toThrow("ENOENT");
  });
});

describe("a gateway alone that is started again", () => {
  it("keeps authority, placeholders and record in the folder it is told, and nowhere else", async () => {
    await using world = await openWorld();
    const args = [...tcp, "--state", "kept"];
    const first = await world.start(args);
    const file = join(world.folder, "kept", "gateway.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const authority = await readFile(first.said.ca, "utf8");
    const again = await world.run(["gateway", "--manifest", world.manifest, ...args]);
    expect(again.stderr).toContain("E_BOTTLE_RUNNING");
    first.process.kill("SIGKILL");
    await first.ended;
    const second = await world.start(args);
    expect(second.said).toMatchObject({
      id: first.said.id,
      placeholder: first.said.placeholder,
      proxy: expect.stringContaining(first.said.proxy.split("@")[0] ?? "") as string,
    });
    expect(await readFile(second.said.ca, "utf8")).toBe(authority);
    second.process.kill("SIGTERM");
    await second.ended;
    expect((await world.run(["audit", first.said.id])).stdout).toContain("-- run 2 of 2 --");
    const third = await world.start(tcp);
    expect(third.said.placeholder).not.toBe(first.said.placeholder);
    expect(await readFile(third.said.ca, "utf8")).not.toBe(authority);
  });

  it("makes another authority where the kept one may not speak for a new host", async () => {
    await using world = await openWorld();
    const args = [...tcp, "--state", "kept"];
    const first = await world.start(args);
    const authority = await readFile(first.said.ca, "utf8");
    first.process.kill("SIGTERM");
    await first.ended;
    await world.write({ ...usualBottle, egress: { allow: ["new.example.org"] } });
    const second = await world.start(args);
    expect(await readFile(second.said.ca, "utf8")).not.toBe(authority);
    expect(second.said.placeholder).toBe(first.said.placeholder);
  });

  it("does not begin anew where what it kept is damaged or open to others", async () => {
    await using world = await openWorld();
    const folder = join(world.folder, "kept");
    await mkdir(folder, { mode: 0o700 });
    await writeFile(join(folder, "gateway.json"), "{", { mode: 0o600 });
    const tell = ["gateway", "--manifest", world.manifest, ...tcp, "--state", folder];
    expect((await world.run(tell)).stderr).toContain("It is no JSON");
    await chmod(join(folder, "gateway.json"), 0o644);
    expect((await world.run(tell)).stderr).toContain("not private");
  });
});
