import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openEngine } from "../../src/backends/docker/engine/engine.ts";
import { BottleError } from "../../src/errors/error.ts";
import { connectPlace } from "../../src/places/ssh/connection.ts";
import type { ConnectOptions, PlaceConnection } from "../../src/places/ssh/connection.ts";
import { keygen, publicKey, vmAddress } from "../support/vm/home.ts";
import { lacksVm, openVm } from "../support/vm/vm.ts";
import type { TestVm } from "../support/vm/vm.ts";
import { preparation } from "../support/docker/daemon.ts";
import { need } from "../support/require.ts";

const missing = lacksVm();
let vm: TestVm;
let dir: string;

beforeAll(async () => {
  if (missing === undefined) vm = await openVm({ loss: 5, hasty: true });
  dir = await mkdtemp(join(tmpdir(), "place-"));
}, preparation);
beforeEach((context) => need(context, missing));
afterAll(async () => {
  await vm?.[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
}, preparation);

function connect(options: Partial<ConnectOptions> = {}): Promise<PlaceConnection> {
  return connectPlace({ place: vm.place, dir, env: vm.env, ttlMs: 120_000, ...options });
}

async function refusal(options: Partial<ConnectOptions> = {}): Promise<BottleError> {
  const connection = await connect(options).catch((error: unknown) => error);
  if (connection instanceof BottleError) return connection;
  await (connection as PlaceConnection)[Symbol.asyncDispose]();
  throw new Error("it connected", { cause: connection });
}

async function version(connection: PlaceConnection): Promise<string> {
  using engine = openEngine(connection.socket);
  return await engine.version();
}

async function until(wanted: () => boolean | Promise<boolean>): Promise<void> {
  for (const begun = Date.now(); !(await wanted()); await sleep(50))
    if (Date.now() - begun > 90_000) throw new Error("it never came");
}

/** Processes called ssh, with our folder in their arguments. */
function ours(): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(`${dir}/ssh-`);
      } catch {
        return false;
      }
    });
}

describe("the connection to a place", () => {
  it("brings the Engine's socket here, private, and says who we are there", async () => {
    await using connection = await connect();
    expect(connection.kind).toBe("forwarded");
    expect(await version(connection)).toMatch(/^1\.\d+$/);
    expect(connection.facts).toMatchObject({
      remoteSocket: "/var/run/docker.sock",
      user: "me",
      system: "Linux",
      clockAhead: 0,
    });
    const { mode } = await stat(connection.socket);
    expect(mode & 0o777).toBe(0o600);
    expect((await stat(join(connection.socket, ".."))).mode & 0o777).toBe(0o700);
  });

  it("is one connection, however much goes through it", async () => {
    await vm.restartSshd(["MaxStartups 1", "MaxSessions 1"]);
    await using connection = await connect();
    const engines = Array.from({ length: 20 }, () => openEngine(connection.socket));
    const versions = await Promise.all(engines.map((engine) => engine.version()));
    for (const engine of engines) engine[Symbol.dispose]();
    expect(new Set(versions).size).toBe(1);
    const accepted = (await vm.sshdLog()).match(/Accepted publickey/g) ?? [];
    expect(accepted).toHaveLength(1);
    await vm.restartSshd();
  });

  it("gives ssh nothing of our environment that could be secret, and leaves no process or file behind", async () => {
    const connection = await connect({ env: { ...vm.env, API_KEY: "sk-very-secret" } });
    const seen = ours().map((pid) => readFileSync(`/proc/${pid}/environ`, "latin1"));
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.join("")).not.toContain("sk-very-secret");
    await connection[Symbol.asyncDispose]();
    await until(() => ours().length === 0);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("opens nothing that the owner's configuration forwards elsewhere", async () => {
    const config = join(vm.home, ".ssh/config");
    const before = await readFile(config, "utf8");
    writeFileSync(
      config,
      `${before}  RemoteForward 4444 127.0.0.1:22\n  ForwardAgent yes\n  RemoteCommand false\n  StrictHostKeyChecking no\n`,
    );
    await using connection = await connect();
    expect(await version(connection)).toMatch(/^1\./);
    expect((await vm.run("cat /proc/net/tcp")).stdout).not.toContain(":115C");
    writeFileSync(config, before);
  });
});

describe("a place that cannot be used says why", () => {
  it("an address that is none", async () => {
    expect(await refusal({ place: "ssh://-oProxyCommand=x" })).toMatchObject({ code: "E_PLACE" });
  });

  it("a host without a name, and a port where nobody listens", async () => {
    const nowhere = await refusal({ place: "ssh://me@nowhere.invalid" });
    expect(nowhere).toMatchObject({ code: "E_PLACE_UNREACHABLE" });
    expect(nowhere.why).toMatch(/Could not resolve hostname/);
    expect(await refusal({ place: "ssh://me@vm:2222" })).toMatchObject({
      code: "E_PLACE_UNREACHABLE",
    });
  });

  it("a host key that is not known, and one that has changed", async () => {
    const file = join(vm.home, ".ssh/known_hosts");
    const known = await readFile(file, "utf8");
    writeFileSync(file, "");
    const unknown = await refusal();
    expect(unknown).toMatchObject({ code: "E_PLACE_HOST_KEY" });
    expect(unknown.next).toContain("ssh ssh://me@vm");
    keygen(join(dir, "other"));
    writeFileSync(file, `${vmAddress} ${publicKey(join(dir, "other"))}\n`);
    expect(await refusal()).toMatchObject({ code: "E_PLACE_HOST_KEY_CHANGED" });
    writeFileSync(file, known);
    for (const name of ["other", "other.pub"]) await rm(join(dir, name));
  });

  it("a user whom sshd does not let in, whatever its banner says", async () => {
    await vm.run(String.raw`printf 'HOST \033]0;x\007 key\n' >/etc/ssh/banner`);
    await vm.restartSshd(["Banner /etc/ssh/banner"]);
    const error = await refusal({ place: "ssh://nobody@vm" });
    expect(error).toMatchObject({ code: "E_PLACE_AUTH" });
    expect(error.why).toMatch(/Permission denied/);
    // oxlint-disable-next-line no-control-regex
    expect(error.why).not.toMatch(/[\x00-\x1f]/);
    await vm.restartSshd();
  });

  it("a user who may not use the daemon, and a machine without one", async () => {
    const closed = await refusal({ place: "ssh://other@vm" });
    expect(closed).toMatchObject({ code: "E_PLACE_DOCKER_ACCESS" });
    expect(closed.next).toContain("usermod -aG docker other");
    await vm.run("mv /run/docker.sock /run/docker.sock.away");
    const none = await refusal();
    expect(none).toMatchObject({ code: "E_PLACE_DOCKER" });
    await vm.run("mv /run/docker.sock.away /run/docker.sock");
  });

  it("a daemon that is dead behind its socket", async () => {
    await vm.run("pkill -STOP -x containerd; mv /run/docker.sock /run/docker.sock.away");
    await vm.run(
      'python3 -c \'import socket,os; s=socket.socket(socket.AF_UNIX); s.bind("/run/docker.sock"); os.chmod("/run/docker.sock", 0o666)\'',
    );
    expect(await refusal()).toMatchObject({ code: "E_PLACE_DOCKER" });
    await vm.run(
      "rm /run/docker.sock; mv /run/docker.sock.away /run/docker.sock; pkill -CONT -x containerd",
    );
  });

  it("a sshd that forwards no sockets: the docker command there is the other way, and without it none", async () => {
    await vm.restartSshd(["AllowStreamLocalForwarding no"]);
    {
      await using connection = await connect();
      expect(connection.kind).toBe("dialled");
      expect(await version(connection)).toMatch(/^1\./);
      // More calls than sessions.
      using engine = openEngine(connection.socket);
      const asked = Array.from({ length: 14 }, () => engine.call("GET", "/info"));
      expect(await Promise.all(asked)).toHaveLength(14);
    }
    await vm.run("mount --bind /dev/null /usr/bin/docker");
    const error = await refusal();
    await vm.run("umount /usr/bin/docker");
    expect(error).toMatchObject({ code: "E_PLACE_FORWARD" });
    await vm.restartSshd();
  });
});

describe("a cut", () => {
  it("is noticed, and healed at the same socket when the wire is back", async () => {
    const told: (number | null)[] = [];
    // With nobody's haste but ours.
    const { env } = vm.owner({ hasty: false });
    await using connection = await connect({ env, onCut: (since) => told.push(since) });
    await vm.wire.set("cut");
    await until(() => connection.cutSince() !== null);
    await expect(version(connection)).rejects.toThrow();
    await vm.wire.set("restore");
    connection.hasten();
    await until(() => connection.cutSince() === null);
    expect(await version(connection)).toMatch(/^1\./);
    expect(told).toHaveLength(2);
    expect(told[1]).toBeNull();
  });

  it("by sshd's death, or the machine's, is healed once both are back", async () => {
    await using connection = await connect();
    await vm.restartSshd();
    await until(() => connection.cutSince() !== null);
    await until(() => connection.cutSince() === null);
    expect(await version(connection)).toMatch(/^1\./);
    await vm.halt();
    await until(() => connection.cutSince() !== null);
    await vm.boot();
    await until(() => connection.cutSince() === null);
    expect(await version(connection)).toMatch(/^1\./);
  });

  it("longer than anybody waits is the end, with the last reason", async () => {
    await using connection = await connect({ ttlMs: 3_000 });
    await vm.restartSshd(["AllowUsers nobody"]);
    const why = await connection.givenUp;
    expect(why).toMatchObject({ code: "E_PLACE_LOST" });
    expect(why.why).toMatch(/does not let you in/);
    await vm.restartSshd();
  });

  it("after which another host key answers is the end at once", async () => {
    const file = join(vm.home, ".ssh/known_hosts");
    const known = await readFile(file, "utf8");
    await using connection = await connect();
    await mkdir(join(dir, "keys"));
    keygen(join(dir, "keys/other"));
    writeFileSync(file, `${vmAddress} ${publicKey(join(dir, "keys/other"))}\n`);
    await vm.restartSshd();
    expect(await connection.givenUp).toMatchObject({ code: "E_PLACE_HOST_KEY_CHANGED" });
    writeFileSync(file, known);
  });
});
