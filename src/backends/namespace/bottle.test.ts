/** What a bottle is, seen from inside and from its host, as whoever runs the tests. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openLab } from "../../../tests/support/namespace-lab.ts";
import type { Lab, LabBottle } from "../../../tests/support/namespace-lab.ts";

const isRoot = process.getuid?.() === 0;

describe("inside a bottle", () => {
  let lab: Lab;
  let bottle: LabBottle;
  beforeAll(async () => {
    lab = openLab();
    bottle = await lab.launch();
  });
  afterAll(async () => {
    await bottle[Symbol.asyncDispose]();
    lab[Symbol.dispose]();
  });
  const out = async (script: string): Promise<string> => (await bottle.sh(script)).stdout;

  test("every namespace is its own", async () => {
    for (const name of ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"]) {
      const host = spawnSync("readlink", [`/proc/self/ns/${name}`]).stdout.toString();
      const own = await out(`readlink /proc/self/ns/${name}`);
      expect(own).toMatch(new RegExp(`^${name}:`));
      expect(own).not.toBe(host);
    }
    expect(
      await out("cat /proc/sys/kernel/hostname; cat /proc/self/cgroup | grep -c '\\.\\.' ; true"),
    ).toBe("bottle\n0\n");
  });

  test("the agent is uid 1000 without capabilities, and can gain none", async () => {
    const status = await out("cat /proc/self/status");
    expect(status).toMatch(/^Uid:\s1000\s1000\s1000\s1000$/m);
    for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"])
      expect(status).toMatch(new RegExp(`^Cap${set}:\\s0+$`, "m"));
    expect(status).toMatch(/^NoNewPrivs:\s1$/m);
    expect(status).toMatch(/^Seccomp:\s2$/m);
  });

  test("no process has host uid 0, and neighbours have uids of their own", async () => {
    const inner = (await bottle.running.processes()).filter(
      (pid) => readlinkNs(pid) !== readlinkNs(process.pid),
    );
    expect(inner.length).toBeGreaterThanOrEqual(2);
    for (const pid of inner) {
      const uid = Number(/^Uid:\s(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
      expect(uid).toBe(isRoot ? lab.backend.owner(bottle.running.id).uid : process.getuid?.());
      expect(uid).not.toBe(0);
    }
    if (isRoot) expect(lab.backend.owner("a-00001").uid).not.toBe(lab.backend.owner("a-00002").uid);
  });

  test("a command has only its standard streams open", async () => {
    // 3 is the folder that `ls` reads.
    expect(await out("ls /proc/self/fd | sort -n | tr '\\n' ' '")).toBe("0 1 2 3 ");
  });

  test("the network is a loopback interface that is up", async () => {
    expect((await out("tail -n +3 /proc/net/dev | cut -d: -f1")).trim()).toBe("lo");
    const script =
      'const s=require("net").createServer().listen(4180,"127.0.0.1",()=>{require("net").connect(4180,"127.0.0.1",()=>{console.log("up");process.exit()})})';
    expect((await bottle.run(["/opt/claude-bottle/node", "-e", script])).stdout).toBe("up\n");
  });

  test("names are refused at once", async () => {
    const script = 'require("dns").lookup("example.org",(e)=>console.log(e.code))';
    expect((await bottle.run(["/opt/claude-bottle/node", "-e", script])).stdout).toMatch(
      /EAI_AGAIN|ENOTFOUND/,
    );
  });

  test("nothing of the host's private folders is there", async () => {
    expect((await out("ls /")).split("\n").filter(Boolean).sort()).toEqual(
      [
        "bin",
        "dev",
        "etc",
        "home",
        "lib",
        "lib32",
        "lib64",
        "libx32",
        "opt",
        "proc",
        "run",
        "sbin",
        "tmp",
        "usr",
        "var",
        "work",
      ].filter((name) => !["lib32", "lib64", "libx32"].includes(name) || existsSync(`/${name}`)),
    );
    expect(
      await out(
        "ls -A /home /run /var /opt /work /tmp /var/tmp /dev/shm /opt/claude-bottle | tr -s '\\n' ' '",
      ),
    ).toBe(
      "/dev/shm: /home: agent /opt: claude-bottle /opt/claude-bottle: node /run: claude-bottle /tmp: /var: tmp /var/tmp: /work: project ",
    );
    expect(await out(`ls ${homedir()} 2>&1; true`)).toMatch(/No such file/);
    expect(await out("cat /etc/passwd")).not.toContain("daemon");
  });

  test("only home, workspace and memory file systems can be written", async () => {
    const writable = await out(
      "for d in / /usr /usr/bin /etc /dev /run /run/claude-bottle /opt /opt/claude-bottle /home /work /var /proc /proc/sys/kernel /home/agent /work/project /tmp /var/tmp /dev/shm; do (: > $d/.try) 2>/dev/null && echo $d; done",
    );
    expect(writable.trim().split("\n")).toEqual([
      "/home/agent",
      "/work/project",
      "/tmp",
      "/var/tmp",
      "/dev/shm",
    ]);
    expect(await out("(: >> /opt/claude-bottle/node) 2>&1; true")).toMatch(/Read-only|Permission/);
    expect(
      await out(
        "(: > /proc/sys/kernel/core_pattern) 2>&1; (: > /proc/sys/vm/drop_caches) 2>&1; true",
      ),
    ).toMatch(/(Read-only file system[^]*){2}/);
  });

  test("kernel files about the host cannot be read", async () => {
    for (const name of [
      "kcore",
      "keys",
      "key-users",
      "kallsyms",
      "timer_list",
      "kmsg",
      "sysrq-trigger",
      "slabinfo",
      "vmallocinfo",
    ])
      expect(await out(`cat /proc/${name} 2>/dev/null | head -c 1 | wc -c`)).toBe("0\n");
    expect(await out("ls /sys 2>&1; true")).toMatch(/No such file/);
  });

  test("scratch space has a size", async () => {
    const full = await out(
      "head -c 2000000000 /dev/zero > /tmp/big; stat -c %s /tmp/big; rm /tmp/big",
    );
    expect(Number(full)).toBe(256 * 1024 ** 2);
  });

  test("processes of the host cannot be seen", async () => {
    expect(await out(`ls -d /proc/${process.pid} 2>&1; true`)).toMatch(
      process.pid < 40 ? /./ : /No such file/,
    );
    expect(Number(await out("ls -d /proc/[0-9]* | wc -l"))).toBeLessThan(10);
  });

  test("sockets in the link directory can be reached, and files there not changed", async () => {
    const spec = lab.spec();
    const server = createServer((socket) => socket.end("from outside"));
    await new Promise<void>((done) => server.listen(join(spec.linkDir, "s.sock"), done));
    spawnSync("chmod", ["666", join(spec.linkDir, "s.sock")]);
    await using other = await lab.launch(spec);
    const script =
      'require("net").connect("/run/claude-bottle/s.sock").on("data",d=>{console.log(String(d));process.exit()}).on("error",e=>{console.log(e.code);process.exit()})';
    expect((await other.run(["/opt/claude-bottle/node", "-e", script])).stdout).toBe(
      "from outside\n",
    );
    expect(
      (
        await other.sh(
          "rm /run/claude-bottle/s.sock 2>&1; mv /run/claude-bottle/s.sock /run/claude-bottle/x 2>&1",
        )
      ).stdout,
    ).toMatch(/Read-only/);
    server.close();
  });

  test("git, npm, node and python work", async () => {
    const git = await bottle.sh(
      "cd /work/project && git init -q . && echo a > a && git add a && git -c user.name=x -c user.email=x@example.org commit -q -m first && git log --oneline | wc -l",
    );
    expect(git.stdout.trim()).toBe("1");
    expect(
      (
        await bottle.sh(
          "mkdir -p ~/p && cd ~/p && npm init -y >/dev/null 2>&1 && npm pack --silent 2>&1 | tail -1",
        )
      ).stdout,
    ).toMatch(/\.tgz/);
    expect(
      (
        await bottle.sh(
          "python3 -c 'import multiprocessing,sqlite3,ssl; q=multiprocessing.Queue(); q.put(5); print(q.get())' 2>&1",
        )
      ).stdout,
    ).toBe("5\n");
    const wasm =
      'const m=new WebAssembly.Memory({initial:1,maximum:65536});new Worker("postMessage",{eval:true});console.log(m.buffer.byteLength)'.replace(
        "new Worker",
        'new (require("worker_threads").Worker)',
      );
    expect((await bottle.run(["/opt/claude-bottle/node", "-e", wasm])).stdout).toMatch(/^65536/);
  });

  test.skipIf(!existsSync("/usr/bin/gdb"))(
    "gdb stops a program at a breakpoint",
    async () => {
      const { stdout } = await bottle.sh(
        "gdb -nx -batch -ex 'set breakpoint pending on' -ex 'break write' -ex run -ex bt -ex kill --args /bin/echo hello 2>&1 </dev/null",
      );
      expect(stdout).toMatch(/Breakpoint 1[^]*write/);
      expect(stdout).toMatch(/#0/);
    },
    30_000,
  );
});

function readlinkNs(pid: number): string {
  return spawnSync("readlink", [`/proc/${pid}/ns/user`]).stdout.toString();
}
