/** The real Claude Code, run by its recipe but outside any bottle: what the recipe promises is a matter of the program alone. */
import { spawn } from "node:child_process";
import { agentCredential } from "../support/agent-credential.ts";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { claudeProvider } from "../../src/agents/claude/provider.ts";
import { commonEnvironment } from "../../src/agents/environment.ts";
import { startScriptedModel } from "../../src/demo/model/server.ts";
import type { ScriptedModel } from "../../src/demo/model/server.ts";
import type { AgentContext, InstalledAgent } from "../../src/lifecycle/agent.ts";
import { createTerminalFilter } from "../../src/terminal/filter.ts";
import { openTerminal } from "../../src/terminal/pty.ts";

/** Claude Code refuses to skip permissions as root. */
const uid = process.getuid?.() === 0 ? 64123 : undefined;
const placeholder = "bottle-placeholder-0123456789abcdefghijklmnopqrstuvwxyz";

let installed: InstalledAgent;
let shared: string | undefined;
let model: ScriptedModel;
let home: string;
/** Stands where the proxy door would: every connection beside the base URL arrives here. */
let elsewhere: Server;
let strays: string[];

beforeAll(async () => {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  installed = await claudeProvider.install({
    cacheDir: join(cache, "claude-bottle"),
    progress: () => undefined,
  });
  if (uid === undefined) return;
  // The cache is below /root, where nobody else may go.
  shared = mkdtempSync(join(tmpdir(), "claude-program-"));
  chmodSync(shared, 0o755);
  copyFileSync(installed.program ?? "", join(shared, "claude"));
  installed = { ...installed, program: join(shared, "claude") };
}, 600_000);

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "claude-recipe-"));
  mkdirSync(join(home, "work"));
  strays = [];
  elsewhere = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (data) => {
      strays.push(data.toString("latin1").split("\r\n")[0] ?? "");
      socket.destroy();
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => elsewhere.once("listening", resolve));
  model = await startScriptedModel({ turns: [{ kind: "text", text: "hello from the script" }] });
});

afterEach(async () => {
  await model.close();
  elsewhere.close();
  rmSync(home, { recursive: true, force: true });
});

afterAll(() => {
  if (shared !== undefined) rmSync(shared, { recursive: true });
});

interface Run {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** The recipe as it is, with the bottle's paths turned into the host's. */
function prepare(change: Partial<AgentContext>, kind: "oauth" | "api-key" = "oauth"): Run {
  const context: AgentContext = {
    home,
    workspace: join(home, "work"),
    door: model.url,
    caFile: "/etc/ssl/certs/ca-certificates.crt",
    ownCaFile: "/etc/ssl/certs/ca-certificates.crt",
    credentials: [agentCredential({ kind, placeholder, routePrefix: "" })],
    interactive: false,
    prompt: "say hello",
    resume: false,
    args: [],
    ...change,
  };
  const recipe = claudeProvider.recipe(installed, context);
  for (const seed of recipe.seeds) {
    const file = join(home, seed.path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, seed.content, { mode: seed.mode });
    if (uid !== undefined)
      for (const path of [home, context.workspace, dirname(file), file]) chownSync(path, uid, uid);
  }
  const [inside = "", ...rest] = recipe.argv;
  expect(recipe.mounts).toEqual([{ source: installed.program, target: inside, mode: "ro" }]);
  const proxy = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  const common = commonEnvironment(
    context,
    context.interactive ? { term: "xterm-256color" } : null,
  );
  return {
    argv: [installed.program ?? "", ...rest],
    env: {
      ...common,
      ...recipe.env,
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      http_proxy: proxy,
      https_proxy: proxy,
      TMPDIR: home,
    },
  };
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function runHeadless({ argv: [file = "", ...argv], env }: Run): Promise<Ended> {
  const child = spawn(file, argv, {
    cwd: join(home, "work"),
    env,
    stdio: ["ignore", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, stdout, stderr };
}

/** Header names and values of the requests for messages. */
function credentialsSent(): readonly (readonly [string | undefined, string | undefined])[] {
  const messages = model.requests.filter((request) => request.method === "POST");
  return messages.map(({ headers }) => [
    headers["authorization"],
    headers["x-api-key"] as string | undefined,
  ]);
}

function lastPrompt(): string {
  return model.requests.filter((request) => request.method === "POST").at(-1)?.body ?? "";
}

describe("headless Claude Code, run by its recipe,", () => {
  it("says what the model said, as stream-json, and sends the placeholder as an OAuth token and nothing else", async () => {
    const { code, stdout } = await runHeadless(prepare({}));
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; result?: string });
    expect(lines[0]?.type).toBe("system");
    expect(lines.at(-1)).toMatchObject({ type: "result", result: "hello from the script" });
    expect(credentialsSent()).toEqual([[`Bearer ${placeholder}`, undefined]]);
    expect(
      model.requests.find((request) => request.method === "POST")?.headers["anthropic-beta"],
    ).toContain("oauth-");
    expect(strays).toEqual([]);
  });

  it("sends the placeholder as an API key where the real credential is one", async () => {
    const { code } = await runHeadless(prepare({}, "api-key"));
    expect(code).toBe(0);
    expect(credentialsSent()).toEqual([[undefined, placeholder]]);
    expect(strays).toEqual([]);
  });

  it.each([
    "--version",
    "-p",
    "- a list item",
    "--dangerously",
    "/not-a-command?",
    "$(id) `id` \"quoted\" 'x'\nline",
  ])("takes the prompt %j as a prompt", async (prompt) => {
    const { code, stdout } = await runHeadless(prepare({ prompt }));
    expect(code).toBe(0);
    expect(stdout).toContain('"type":"result"');
    if (!prompt.startsWith("/"))
      expect(lastPrompt()).toContain(JSON.stringify(prompt).slice(1, -1));
  });

  it("lets the user's own arguments win, also lists of values", async () => {
    const { code, stdout } = await runHeadless(
      prepare({
        args: [
          "--output-format",
          "json",
          "--model",
          "claude-opus-4-8",
          "--disallowedTools",
          "WebFetch",
          "WebSearch",
        ],
      }),
    );
    expect(code).toBe(0);
    const answer = JSON.parse(stdout) as unknown;
    expect(Array.isArray(answer) ? answer.at(-1) : answer).toMatchObject({
      type: "result",
      result: "hello from the script",
    });
    expect(lastPrompt()).toContain('"model":"claude-opus-4-8"');
    expect(lastPrompt()).toContain("say hello");
  });
});

describe("interactive Claude Code, run by its recipe on a private terminal that answers no question,", () => {
  async function attend(
    run: Run,
    until: (screen: string) => boolean,
    type: (write: (text: string) => void) => void,
  ): Promise<{ screen: string; code: number | null }> {
    const terminal = await openTerminal(
      { columns: 100, rows: 30 },
      uid === undefined ? undefined : { uid, gid: uid },
    );
    const fd = terminal.slaveFd;
    const [file = "", ...argv] = run.argv;
    const ids = uid === undefined ? {} : { uid, gid: uid };
    const child = spawn("setsid", ["-c", file, ...argv], {
      cwd: join(home, "work"),
      env: { ...run.env, PATH: process.env["PATH"] },
      stdio: [fd, fd, fd],
      ...ids,
    });
    terminal.closeSlave();
    const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
    const filter = createTerminalFilter();
    let screen = "";
    let reached = false;
    terminal.onData((data) => {
      screen += filter.push(data).toString("utf8");
      if (reached || !until(plain(screen))) return;
      reached = true;
      type((text) => terminal.write(Buffer.from(text)));
    });
    const code = await exited;
    await terminal.closed;
    terminal.close();
    return { screen: plain(screen), code };
  }

  /** The text without its sequences, so that words can be looked for. */
  function plain(screen: string): string {
    return (
      screen
        // oxlint-disable-next-line no-control-regex -- sequences begin with a control
        .replace(/\u001b\[[0-9;?<>=]*[ -/]*[@-~]|\u001b\][^\u001b]*\u001b\\|\u001b./g, " ")
        .replace(/\s+/g, " ")
    );
  }

  it.each(["oauth", "api-key"] as const)(
    "comes to its prompt without a question (%s), and ends on two Ctrl-C",
    async (kind) => {
      const { screen, code } = await attend(
        prepare({ interactive: true, prompt: null }, kind),
        (text) => text.includes("bypass permissions"),
        (write) => {
          write("\u0003");
          setTimeout(() => write("\u0003"), 200);
        },
      );
      expect(screen).toContain("bypass permissions");
      expect(screen).not.toMatch(/trust|theme|Detected a custom API key|Select login/i);
      expect(code).toBe(0);
      expect(model.requests.filter((request) => request.method === "POST")).toEqual([]);
      expect(strays).toEqual([]);
    },
  );

  it("sends its prompt at once and shows the answer through the terminal filter", async () => {
    const { screen } = await attend(
      prepare({ interactive: true, prompt: "- say hello" }),
      (text) => text.includes("hello from the script"),
      (write) => {
        write("\u0003");
        setTimeout(() => write("\u0003"), 200);
      },
    );
    expect(screen).toContain("hello from the script");
    expect(lastPrompt()).toContain("- say hello");
    for (const sent of credentialsSent())
      expect(sent).toEqual([`Bearer ${placeholder}`, undefined]);
    expect(strays).toEqual([]);
  });
});
