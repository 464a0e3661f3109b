import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleHelper, startHelper, talkTo } from "../../tests/support/helper.ts";
import type { HelperUnderTest } from "../../tests/support/helper.ts";
import { channelPort } from "./protocol.ts";

let dir: string;
let bundle: Awaited<ReturnType<typeof bundleHelper>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "bottle-main-"));
  bundle = await bundleHelper();
});

afterAll(async () => {
  await bundle[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

async function ready(): Promise<HelperUnderTest> {
  const helper = startHelper(bundle.file, join(dir, "gateway.sock"));
  await helper.message("ready");
  return helper;
}

/** What the stream says, up to and with `until`; the stream stays open. */
function text(stream: Readable, until: string): Promise<string> {
  return new Promise((done, fail) => {
    let all = "";
    const read = (chunk: Buffer): void => {
      all += chunk.toString("utf8");
      if (!all.includes(until)) return;
      stream.off("data", read);
      done(all);
    };
    stream.on("data", read);
    stream.once("close", () => fail(new Error(`the stream ended after: ${all}`)));
  });
}

const env = { PATH: "/usr/bin:/bin" };

describe("the helper", () => {
  it("starts the agent on its own streams, forwards a signal to its group and reports its exit", async () => {
    await using helper = await ready();
    const script = "trap 'echo got; exit 7' USR1; echo begun; sleep 60 & wait";
    helper.send({ type: "run", argv: ["/bin/sh", "-c", script], env, cwd: "/", tty: false });
    await text(helper.stdout, "begun");
    helper.send({ type: "signal", signal: "SIGUSR1" });
    expect(await helper.message("exited")).toEqual({ type: "exited", code: 7, signal: null });
    expect(helper.child.exitCode).toBe(null);
  });

  it("is told over the one connection to a socket where that is named, and ends with it", async () => {
    const path = join(dir, "control.sock");
    const server = createServer().listen(path);
    await once(server, "listening");
    const called = once(server, "connection");
    await using helper = startHelper(bundle.file, join(dir, "gateway.sock"), ["--control", path]);
    const [connection] = (await called) as [Socket];
    server.close();
    const talk = talkTo(connection, helper.exited);
    await talk.message("ready");
    expect(await talk.exec(["sh", "-c", "echo said"])).toMatchObject({ code: 0, stdout: "said\n" });
    talk.send({ type: "run", argv: ["sleep", "600"], env, cwd: "/", tty: false });
    await talk.message("started");
    connection.destroy();
    expect(await helper.exited).toBe(0);
    // Nothing was said, nor heard, on the descriptor that it was given besides.
    expect(helper.messages).toEqual([]);
  });

  it("is told by its gateway in the bottle's network where that is named, whenever that listens, and ends with it", async () => {
    const path = join(dir, "channel.sock");
    const more = ["--control", `tcp:127.0.9.1:${channelPort}`];
    const relayed = [["127.0.9.1", channelPort, path]] as const;
    const server = createServer().listen(path);
    await once(server, "listening");
    const called = once(server, "connection");
    await using helper = startHelper(bundle.file, "tcp:127.0.9.1:4180", more, relayed);
    const [connection] = (await called) as [Socket];
    server.close();
    const talk = talkTo(connection, helper.exited);
    await talk.message("ready");
    expect(await talk.exec(["sh", "-c", "echo said"])).toMatchObject({ code: 0, stdout: "said\n" });
    connection.destroy();
    expect(await helper.exited).toBe(0);
    expect(helper.messages).toEqual([]);
  });

  it.each([
    [["--control"]],
    [["--other", "/x"]],
    [["--control", "/x", "more"]],
    [["--control", "tcp:gateway:4181"]],
  ])("does not start with arguments that it does not know: %j", async (more) => {
    await using helper = startHelper(bundle.file, join(dir, "gateway.sock"), more);
    expect(await helper.exited).toBe(1);
  });

  it.each(["gateway.sock", "tcp:gateway:4180"])(
    "does not start where its link is no place: %s",
    async (link) => {
      await using helper = startHelper(bundle.file, link);
      expect(await helper.exited).toBe(1);
      expect(helper.messages).toMatchObject([
        { type: "failed", what: expect.stringContaining("usage:") as string },
      ]);
    },
  );

  it("gives the agent its standard input", async () => {
    await using helper = await ready();
    helper.send({ type: "run", argv: ["cat"], env, cwd: "/", tty: false });
    await helper.message("started");
    const echoed = text(helper.stdout, "hello");
    helper.stdin.write("hello");
    expect(await echoed).toBe("hello");
  });

  it("gives the agent no descriptor but the standard three, and only the environment it was told", async () => {
    await using helper = await ready();
    const { stdout } = await helper.exec(["/bin/sh", "-c", "ls /proc/self/fd; env | sort"]);
    const agent = text(helper.stdout, "done");
    helper.send({
      type: "run",
      argv: ["/bin/sh", "-c", "ls /proc/$$/fd; echo done"],
      env,
      cwd: "/",
      tty: false,
    });
    expect((await agent).split("\n").slice(0, 4)).toEqual(["0", "1", "2", "done"]);
    // 3 is the directory that ls reads.
    expect(stdout).toBe("0\n1\n2\n3\nPATH=/usr/bin:/bin\nPWD=/\n");
    const target = await helper.exec(["/bin/sh", "-c", "readlink /proc/$PPID/fd/3 /proc/$$/fd/3"]);
    expect(target.stdout).toMatch(/^socket:\[\d+\]\n$/);
  });

  it("reports a program that does not exist like a shell does", async () => {
    await using helper = await ready();
    helper.send({ type: "run", argv: ["/no/such"], env, cwd: "/", tty: false });
    expect(await helper.message("exited")).toEqual({ type: "exited", code: 127, signal: null });
    const exec = await helper.exec(["/no/such"]);
    expect(exec).toEqual({
      code: 127,
      stdout: "",
      stderr: "claude-bottle: cannot start /no/such: ENOENT\n",
    });
    expect((await helper.exec(["/etc/passwd"])).code).toBe(126);
  });

  it("keeps the agent's terminal as the controlling one: Ctrl-C ends the program in front", async () => {
    await using helper = await ready();
    const script = [
      "import os,pty,subprocess,sys,time",
      "m,s=pty.openpty()",
      "p=subprocess.Popen(['/usr/bin/setsid','-c','cat'],stdin=s,stdout=s,stderr=s)",
      "os.close(s)",
      "os.write(m,b'on\\n')",
      "out=b''",
      "while out.count(b'on') < 2: out+=os.read(m,1000)",
      "os.write(m,b'\\x03')",
      "print('ended by',-p.wait())",
    ].join("\n");
    const { stdout } = await helper.exec(["/usr/bin/python3", "-c", script]);
    expect(stdout).toBe("ended by 2\n");
  });

  it("streams a command's input and output whole, both ways, and its exit code", async () => {
    await using helper = await ready();
    const input = "x".repeat(600_000);
    const end = await helper.exec(["/bin/sh", "-c", "cat; echo oops >&2; exit 3"], input);
    expect(end.stdout === input).toBe(true);
    expect(end).toMatchObject({ code: 3, stderr: "oops\n" });
  });

  it("reports a command that left a program behind holding its output", async () => {
    await using helper = await ready();
    const end = await helper.exec(["/bin/sh", "-c", "echo first; sleep 60 & exit 0"]);
    expect(end).toEqual({ code: 0, stdout: "first\n", stderr: "" });
  });

  it("stops reading a command's output while the supervisor does not read", async () => {
    await using helper = await ready();
    helper.control.pause();
    helper.send({
      type: "exec",
      exec: 99,
      argv: ["/bin/sh", "-c", "head -c 30000000 /dev/zero; echo end >&2"],
      env,
      cwd: "/",
    });
    const rss = async (): Promise<number> => {
      const pids = await helperPids(helper.child.pid ?? 0);
      const status = await readFile(`/proc/${pids.at(-1)}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    };
    const before = await rss();
    await new Promise((done) => setTimeout(done, 700));
    expect((await rss()) - before).toBeLessThan(20_000);
    helper.control.resume();
    await helper.message("exec-exited", (message) => message.exec === 99);
    const bytes = helper.messages.reduce(
      (sum, message) =>
        message.type === "exec-output" && message.stream === "stdout"
          ? sum + Buffer.from(message.data, "base64").length
          : sum,
      0,
    );
    expect(bytes).toBe(30_000_000);
  });

  it("kills everything and ends when descriptor 3 closes", async () => {
    await using helper = await ready();
    const script = "setsid sleep 61 & echo begun; sleep 62";
    helper.send({ type: "run", argv: ["/bin/sh", "-c", script], env, cwd: "/", tty: false });
    await text(helper.stdout, "begun");
    const inside = await helperPids(helper.child.pid ?? 0);
    expect(inside.length).toBeGreaterThanOrEqual(4);
    helper.control.destroy();
    await helper.exited;
    await Promise.all(inside.map((pid) => gone(pid)));
  });

  it.each([
    ["no JSON", "{"],
    ["no request", '{"type":"dance"}'],
    ["an unknown signal", '{"type":"signal","signal":"SIGNOPE"}'],
    ["arguments that are no strings", '{"type":"exec","exec":1,"argv":[1],"env":{},"cwd":"/"}'],
    ["an overlong line", `"${"x".repeat(1024 * 1024)}"`],
  ])("ends when it is sent %s", async (_, line) => {
    await using helper = await ready();
    helper.control.write(`${line}\n`);
    expect(await helper.exited).toBe(0);
  });

  it("says why when it cannot do its work", async () => {
    await using helper = await ready();
    const run = { type: "run", argv: ["true"], env, cwd: "/", tty: false } as const;
    helper.send(run);
    helper.send(run);
    expect(await helper.exited).toBe(1);
    expect(helper.messages.at(-1)).toEqual({ type: "failed", what: "a bottle runs one agent" });
  });

  it.each([
    ["socket", (socket: string) => ({ link: socket, relayed: [] })],
    [
      "address",
      (socket: string) => ({
        link: "tcp:127.0.9.1:4180",
        relayed: [["127.0.9.1", 4180, socket] as const],
      }),
    ],
  ])("forwards a connection to the gateway's %s", async (_name, place) => {
    const path = join(dir, "gateway.sock");
    const { link, relayed } = place(path);
    const gateway = createServer({ allowHalfOpen: true }, (socket) => {
      socket.write("gateway says: ");
      socket.pipe(socket);
    });
    gateway.listen(path);
    await once(gateway, "listening");
    try {
      await using helper = startHelper(bundle.file, link, [], relayed);
      await helper.message("ready");
      const script = [
        "import socket",
        "s=socket.create_connection(('127.0.0.1',4180)); s.sendall(b'x'*300000); s.shutdown(socket.SHUT_WR)",
        "n=0",
        "while True:",
        "  d=s.recv(65536)",
        "  if not d: break",
        "  n+=len(d)",
        "print(n)",
      ].join("\n");
      const { stdout } = await helper.exec(["/usr/bin/python3", "-c", script]);
      expect(stdout).toBe("300014\n");
    } finally {
      gateway.close();
    }
  });
});

async function helperPids(root: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${root}/task/${root}/children`, "utf8");
  const pids = children.split(" ").filter(Boolean).map(Number);
  const below = await Promise.all(pids.map(helperPids));
  return [root, ...below.flat()];
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
    if (stat === undefined || / [ZX] /.test(stat)) return;
    await new Promise((done) => setTimeout(done, 5));
  }
}
