import { execFileSync, spawn } from "node:child_process";
import { chmod, chown, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BottleError } from "../../errors/error.ts";
import type { SecretSource } from "../../manifest/manifest.ts";
import { lacksProgram, need } from "../../../tests/support/require.ts";
import type { SecretDeps } from "./index.ts";
import { readSecret } from "./index.ts";

const value = "PLANTED-secret-0123456789";
let home: string;
let deps: SecretDeps;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "secret-"));
  deps = {
    env: {
      PATH: process.env["PATH"],
      TOKEN: value,
      EMPTY: "",
      SHORT: "abc",
      LINES: `${value}\r\nX: y`,
    },
    home,
  };
});
afterEach(() => rm(home, { recursive: true }));

/** The error, which must not hold the value. */
async function refusal(source: SecretSource, over: Partial<SecretDeps> = {}): Promise<BottleError> {
  const error = await readSecret(source, { ...deps, ...over }).then(
    () => expect.unreachable("it was read"),
    (caught: unknown) => caught as BottleError,
  );
  expect(
    JSON.stringify([error.message, error.why, error.next, error.stack, error.cause]),
  ).not.toContain("PLANTED");
  return error;
}

function file(path = "~/token"): SecretSource {
  return { kind: "file", path };
}

function command(...argv: readonly string[]): SecretSource {
  return { kind: "command", argv };
}

async function place(content: string | Uint8Array, mode = 0o600): Promise<void> {
  await writeFile(join(home, "token"), content);
  await chmod(join(home, "token"), mode);
}

describe("env:", () => {
  it("reads the variable", async () => {
    expect(await readSecret({ kind: "env", variable: "TOKEN" }, deps)).toBe(value);
  });

  it.each([
    ["MISSING", "E_SECRET_MISSING"],
    ["EMPTY", "E_SECRET_MISSING"],
    ["SHORT", "E_SECRET_VALUE"],
    ["LINES", "E_SECRET_VALUE"],
  ])("%s is refused by name", async (variable, code) => {
    const error = await refusal({ kind: "env", variable });
    expect(error.code).toBe(code);
    expect(error.message).toContain(variable);
  });
});

describe("file:", () => {
  it.each([value, `${value}\n`, `${value}\r\n`])(
    "reads it, without one newline at the end",
    async (content) => {
      await place(content);
      expect(await readSecret(file(), deps)).toBe(value);
    },
  );

  it("follows a link to a file of the owner", async () => {
    await place(value);
    await symlink(join(home, "token"), join(home, "link"));
    expect(await readSecret(file(join(home, "link")), deps)).toBe(value);
  });

  it.each([0o640, 0o604, 0o620, 0o601, 0o777])("mode %o is refused", async (mode) => {
    await place(value, mode);
    expect(await refusal(file())).toMatchObject({
      code: "E_SECRET_FILE",
      next: expect.stringContaining("chmod 600") as string,
    });
  });

  it("a credential of systemd is read by its access list, in its own folder alone", async (context) => {
    need(context, process.getuid?.() === 0 ? undefined : "a file of root's needs root");
    await place(value, 0o440);
    const env = { ...deps.env, CREDENTIALS_DIRECTORY: home };
    const path = file(join(home, "token"));
    expect(await readSecret(path, { ...deps, env })).toBe(value);
    for (const folder of [join(home, ".."), "", `${home}x`])
      expect(await refusal(path, { env: { ...env, CREDENTIALS_DIRECTORY: folder } })).toMatchObject(
        { code: "E_SECRET_FILE" },
      );
    for (const mode of [0o460, 0o444]) {
      await place(value, mode);
      expect(await refusal(path, { env })).toMatchObject({ code: "E_SECRET_FILE" });
    }
    await place(value, 0o440);
    await chown(join(home, "token"), 0, 1000);
    expect(await refusal(path, { env })).toMatchObject({ code: "E_SECRET_FILE" });
  });

  it.each([
    ["an empty file", ""],
    ["only a newline", "\n"],
    ["two lines", `${value}\n${value}\n`],
    ["two newlines at the end", `${value}\n\n`],
    ["a control character", `${value}\u0007`],
    ["a NUL", `${value}\0`],
    ["a character outside ASCII", `${value}é`],
    ["a space at the end", `${value} `],
    ["9 KiB", value.repeat(400)],
  ])("%s is refused", async (_name, content) => {
    await place(content);
    expect(await refusal(file())).toMatchObject({ code: "E_SECRET_VALUE" });
  });

  it("a large file, a folder and a FIFO are refused without waiting", async () => {
    await place(value.repeat(4000));
    expect(await refusal(file())).toMatchObject({ code: "E_SECRET_FILE" });
    execFileSync("mkfifo", ["-m", "600", join(home, "fifo")]);
    expect(await refusal(file("~/fifo"))).toMatchObject({ code: "E_SECRET_FILE" });
    expect(await refusal(file(home))).toMatchObject({ code: "E_SECRET_FILE" });
  });

  it("a missing file is missed by its name", async () => {
    const error = await refusal(file());
    expect(error).toMatchObject({ code: "E_SECRET_MISSING" });
    expect(error.message).toContain("~/token");
  });

  it("a file of another user is refused", async () => {
    await place(value);
    if (process.getuid?.() === 0) await chown(join(home, "token"), 54_321, 54_321);
    expect(await refusal(file(), process.getuid?.() === 0 ? {} : { uid: 54_321 })).toMatchObject({
      code: "E_SECRET_FILE",
    });
  });
});

describe("command:", () => {
  it("takes what a program prints, with the owner's environment and no shell", async () => {
    expect(await readSecret(command("printf", "%s\\n", value), deps)).toBe(value);
    expect(await readSecret(command("sh", "-c", "echo $TOKEN"), deps)).toBe(value);
    expect(await readSecret(command("printf", "%s", "$(id) > /dev/null;"), deps)).toBe(
      "$(id) > /dev/null;",
    );
  });

  it("tells of a failure by exit code and message, but shows no output", async () => {
    const error = await refusal(
      command("sh", "-c", `echo ${value}; printf 'no \\033[31mkey\\n' >&2; exit 3`),
    );
    expect(error).toMatchObject({ code: "E_SECRET_COMMAND", why: "It says: no \\x1b[31mkey" });
    expect(error.message).toContain("exit code 3");
  });

  it("keeps a message back that repeats the output or a token", async () => {
    expect(
      (await refusal(command("sh", "-c", `echo ${value}; echo "is ${value}" >&2; exit 1`))).why,
    ).toContain("not shown");
    expect(
      (await refusal(command("sh", "-c", "echo sk-ant-oat01-PLANTEDplanted >&2; exit 1"))).why,
    ).toContain("not shown");
  });

  it("ends a program that takes too long, with everything it started", async () => {
    const pids = join(home, "pids");
    const error = await refusal(
      command("sh", "-c", `sleep 60 & echo $! > ${pids}; echo $$ >> ${pids}; wait`),
      { commandTimeoutMs: 500 },
    );
    expect(error).toMatchObject({
      code: "E_SECRET_COMMAND",
      message: expect.stringContaining("within 0.5 s") as string,
    });
    const started = (await readFile(pids, "utf8")).trim().split("\n").map(Number);
    expect(started).toHaveLength(2);
    for (const pid of started) await gone(pid);
  });

  it("ends a program that prints without end", async () => {
    expect(await refusal(command("yes", "PLANTED"))).toMatchObject({
      code: "E_SECRET_COMMAND",
      message: expect.stringContaining("64 KiB") as string,
    });
  });

  it("refuses nothing, a failure by signal, and a program that is not there", async () => {
    expect(await refusal(command("true"))).toMatchObject({ code: "E_SECRET_VALUE" });
    expect((await refusal(command("sh", "-c", "kill -TERM $$"))).message).toContain("SIGTERM");
    expect(await refusal(command("/nonexistent/program"))).toMatchObject({
      code: "E_SECRET_COMMAND",
      why: "The system says ENOENT.",
    });
  });
});

describe("prompt:", () => {
  const source: SecretSource = { kind: "prompt", question: "Which token" };

  it("takes what the owner answers", async () => {
    const asked: string[] = [];
    const ask = (question: string): Promise<string> => {
      asked.push(question);
      return Promise.resolve(value);
    };
    expect(await readSecret(source, { ...deps, ask })).toBe(value);
    expect(asked).toEqual(["Which token"]);
  });

  it("is an error where nobody can answer, and where the answer is no secret", async () => {
    expect(await refusal(source)).toMatchObject({ code: "E_SECRET_MISSING" });
    const ask = (): Promise<string> => Promise.resolve("");
    expect(await refusal(source, { ask })).toMatchObject({ code: "E_SECRET_VALUE" });
  });
});

describe("keychain:", () => {
  const source: SecretSource = { kind: "keychain", service: "my app", account: "me@x" };

  /** Stands in for the system's tool: says which arguments it got, in a file, and does what it is told. */
  async function tool(name: string, script: string): Promise<Partial<SecretDeps>> {
    const path = join(home, name);
    await writeFile(path, `#!/bin/sh\nprintf '%s\\n' "$@" > "${home}/argv"\n${script}\n`);
    await chmod(path, 0o755);
    return { env: { PATH: `${home}:${process.env["PATH"]}`, WORD: value } };
  }
  const argv = async (): Promise<readonly string[]> =>
    (await readFile(join(home, "argv"), "utf8")).trimEnd().split("\n");

  it("asks the Secret Service on Linux, and the keychain on macOS, each in its own words", async () => {
    const linux = await tool("secret-tool", 'printf %s "$WORD"');
    expect(await readSecret(source, { ...deps, ...linux, platform: "linux" })).toBe(value);
    expect(await argv()).toEqual(["lookup", "service", "my app", "account", "me@x"]);
    const mac = await tool("security", 'printf "%s\\n" "$WORD"');
    expect(await readSecret(source, { ...deps, ...mac, platform: "darwin" })).toBe(value);
    expect(await argv()).toEqual(["find-generic-password", "-s", "my app", "-a", "me@x", "-w"]);
  });

  it.each([
    ["linux", "secret-tool", "exit 1", "secret-tool store"],
    ["darwin", "security", "echo 'could not be found' >&2; exit 44", "add-generic-password"],
  ] as const)(
    "says on %s how an entry is made where there is none",
    async (platform, name, script, how) => {
      const over = { ...(await tool(name, script)), platform };
      expect(await refusal(source, over)).toMatchObject({
        code: "E_SECRET_MISSING",
        next: expect.stringContaining(how) as string,
      });
    },
  );

  it("says what to install where there is no tool, and what to use where there is no keychain", async () => {
    const bare = { env: { PATH: home } };
    expect(await refusal(source, { ...bare, platform: "linux" })).toMatchObject({
      code: "E_SECRET_KEYCHAIN",
      next: expect.stringContaining("libsecret-tools") as string,
    });
    expect(await refusal(source, { ...bare, platform: "freebsd" })).toMatchObject({
      code: "E_SECRET_KEYCHAIN",
      next: expect.stringContaining("file:") as string,
    });
  });

  it("tells of a failure without showing what was printed", async () => {
    const broken = await tool("secret-tool", 'echo "$WORD"; echo "no session bus" >&2; exit 1');
    expect(await refusal(source, { ...broken, platform: "linux" })).toMatchObject({
      code: "E_SECRET_KEYCHAIN",
      why: "It says: no session bus",
    });
    const slow = await tool("secret-tool", "sleep 60");
    expect(
      await refusal(source, { ...slow, platform: "linux", commandTimeoutMs: 300 }),
    ).toMatchObject({ code: "E_SECRET_KEYCHAIN" });
  });

  it("reads what the real Secret Service keeps", async (context) => {
    need(context, lacksProgram("secret-tool", "gnome-keyring-daemon", "dbus-run-session"));
    const script = [
      "echo | gnome-keyring-daemon --unlock --components=secrets >&2",
      `printf %s "$WORD" | secret-tool store --label=test service 'my app' account me@x`,
      'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat',
    ].join("\n");
    const env = { ...deps.env, HOME: home, XDG_RUNTIME_DIR: home, WORD: value };
    const session = spawn("dbus-run-session", ["--", "sh", "-euc", script], {
      env,
      stdio: ["pipe", "pipe", "ignore"],
    });
    try {
      const address = await new Promise<string>((resolve, reject) => {
        session.stdout.once("data", (line: Buffer) => resolve(line.toString().trim()));
        session.once("close", () => reject(new Error("the session ended")));
      });
      const bus = { ...env, DBUS_SESSION_BUS_ADDRESS: address };
      expect(await readSecret(source, { ...deps, env: bus })).toBe(value);
      const other: SecretSource = { kind: "keychain", service: "my app", account: "nobody" };
      expect(await refusal(other, { env: bus })).toMatchObject({ code: "E_SECRET_MISSING" });
    } finally {
      session.stdin.end();
    }
  });
});

/** Waits until a process is no more, or only a zombie that its new parent has not yet read. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    const state = await readFile(`/proc/${pid}/stat`, "latin1").then(
      (text) => text.slice(text.lastIndexOf(")") + 2, text.lastIndexOf(")") + 3),
      () => undefined,
    );
    if (state === undefined || state === "Z") return;
    await sleep(10);
  }
}
