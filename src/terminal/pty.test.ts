import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { openTerminal } from "./pty.ts";
import type { PrivateTerminal } from "./pty.ts";

const open: PrivateTerminal[] = [];
afterEach(() => {
  for (const terminal of open.splice(0)) terminal.close();
});

/** Runs a script on a new terminal, in a session of its own as the helper would. */
async function start(
  script: string,
): Promise<{ terminal: PrivateTerminal; chunks: Buffer[]; exited: Promise<number | null> }> {
  const terminal = await openTerminal({ columns: 91, rows: 17 });
  open.push(terminal);
  const fd = terminal.slaveFd;
  const child = spawn("setsid", ["-c", "sh", "-c", script], { stdio: [fd, fd, fd] });
  terminal.closeSlave();
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { terminal, chunks: [], exited };
}

async function outputOf(script: string, input = ""): Promise<string> {
  const { terminal, chunks } = await start(script);
  terminal.onData((data) => chunks.push(data));
  terminal.write(Buffer.from(input));
  await terminal.closed;
  return Buffer.concat(chunks).toString();
}

describe("a private terminal", () => {
  it("is a terminal of the given size to its child", async () => {
    expect(await outputOf("stty size; tty >/dev/null && echo yes")).toBe("17 91\r\nyes\r\n");
  });

  it("hands input to the child", async () => {
    expect(await outputOf("stty -echo; read line; echo got $line", "hello\n")).toContain(
      "got hello\r\n",
    );
  });

  it("turns Ctrl-C into SIGINT for the child's group", async () => {
    const { terminal, chunks, exited } = await start(
      "trap 'echo caught; exit 7' INT; echo ready; while :; do sleep 0.05; done",
    );
    let interrupted = false;
    terminal.onData((data) => {
      chunks.push(data);
      // Once: each Ctrl-C throws away output that was not read yet.
      if (interrupted || !Buffer.concat(chunks).includes("ready")) return;
      interrupted = true;
      terminal.write(Buffer.from([3]));
    });
    expect(await exited).toBe(7);
    await terminal.closed;
    expect(Buffer.concat(chunks).toString()).toContain("caught");
  });

  it("tells the child of a new size", async () => {
    const { terminal, chunks } = await start(
      "trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done",
    );
    let resized = false;
    terminal.onData((data) => {
      chunks.push(data);
      if (!resized && Buffer.concat(chunks).includes("ready")) {
        resized = true;
        terminal.resize(120, 40);
      }
    });
    await terminal.closed;
    expect(Buffer.concat(chunks).toString()).toContain("40 120");
  });

  it("loses nothing when the child ends while nobody reads", async () => {
    const { terminal, chunks, exited } = await start("stty raw; seq 1 700");
    terminal.pause();
    terminal.onData((data) => chunks.push(data));
    expect(await exited).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(chunks).toEqual([]);
    terminal.resume();
    await terminal.closed;
    const lines = Buffer.concat(chunks).toString().split("\n");
    expect(lines.slice(0, 700)).toEqual(
      Array.from({ length: 700 }, (_, index) => String(index + 1)),
    );
  });

  it("holds the child back while nobody reads, and hands on every byte in order afterwards", async () => {
    const { terminal, chunks } = await start("stty raw; seq 1 200000");
    let turns = 0;
    terminal.onData((data) => {
      chunks.push(data);
      terminal.pause();
      turns += 1;
      setImmediate(() => terminal.resume());
    });
    await terminal.closed;
    const lines = Buffer.concat(chunks).toString().trimEnd().split("\n");
    expect(lines.length).toBe(200000);
    expect(lines.at(-1)).toBe("200000");
    expect(turns).toBeGreaterThan(10);
  });

  it("gives the child a blocking end that is closed on exec", async () => {
    const terminal = await openTerminal({ columns: 80, rows: 24 });
    open.push(terminal);
    const flags = /^flags:\s+([0-7]+)$/m.exec(
      readFileSync(`/proc/self/fdinfo/${terminal.slaveFd}`, "utf8"),
    )?.[1];
    const bits = Number.parseInt(flags ?? "", 8);
    expect(bits & 0o4000).toBe(0);
    expect(bits & 0o2000000).not.toBe(0);
  });

  it("survives sizes that no terminal has", async () => {
    const terminal = await openTerminal({ columns: 0, rows: Number.NaN });
    open.push(terminal);
    expect(() => terminal.resize(-1, 1e9)).not.toThrow();
    terminal.close();
    expect(() => terminal.resize(80, 24)).not.toThrow();
    expect(() => terminal.write(Buffer.from("x"))).not.toThrow();
    await terminal.closed;
  });
});
