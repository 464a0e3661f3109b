/** Bottles of the namespace backend alone, without gateway or agent: a few lines of Node stand in for the helper. */
import { chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createNamespaceBackend } from "../../src/backends/namespace/backend.ts";
import type {
  Backend,
  BottleStdio,
  LaunchSpec,
  RunningBottle,
} from "../../src/lifecycle/backend.ts";

/** Runs each command it is told on descriptor 3 and answers with its end. */
const standIn = `
const { spawn } = require("node:child_process");
const { Socket } = require("node:net");
const control = new Socket({ fd: 3, readable: true, writable: true });
const say = (message) => control.write(JSON.stringify(message) + "\\n");
process.on("SIGTERM", () => process.exit(0));
control.on("end", () => process.exit(0));
require("node:readline").createInterface({ input: control }).on("line", (line) => {
  const { argv, input } = JSON.parse(line);
  const child = spawn(argv[0], argv.slice(1), { stdio: ["pipe", "pipe", "pipe"] });
  const out = [], err = [];
  child.stdout.on("data", (data) => out.push(data));
  child.stderr.on("data", (data) => err.push(data));
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  child.on("error", (error) => say({ code: null, signal: null, stdout: "", stderr: String(error) }));
  child.on("close", (code, signal) => say({ code, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }));
});
say({ type: "ready" });
`;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LabBottle extends AsyncDisposable {
  readonly running: RunningBottle;
  /** One command after the other. */
  run(argv: readonly string[], input?: string): Promise<Ended>;
  sh(script: string): Promise<Ended>;
}

export interface Lab extends Disposable {
  readonly dir: string;
  readonly backend: Backend;
  spec(changes?: Partial<LaunchSpec>): LaunchSpec;
  launch(changes?: Partial<LaunchSpec>, stdio?: BottleStdio): Promise<LabBottle>;
}

let labs = 0;

export function openLab(): Lab {
  const uid = process.getuid?.() ?? -1;
  const backend = createNamespaceBackend({ uid });
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "bottle-lab-")));
  const spec = (changes: Partial<LaunchSpec> = {}): LaunchSpec => {
    const id = changes.id ?? `lab-${process.pid.toString(36)}${(labs += 1).toString(36)}`;
    const [linkDir, workspace, home] = ["link", "workspace", "home"].map((name) =>
      join(dir, id, name),
    ) as [string, string, string];
    const owner = backend.owner(id);
    for (const made of [linkDir, workspace, home]) {
      mkdirSync(made, { recursive: true, mode: 0o700 });
      if (uid === 0) chownSync(made, owner.uid, owner.gid);
    }
    return {
      id,
      linkDir,
      workspace,
      workspaceTarget: "/work/project",
      home,
      mounts: [],
      helperArgv: ["/opt/claude-bottle/node", "-e", standIn],
      helperEnv: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/home/agent" },
      limits: [],
      breakBoundary: undefined,
      ...changes,
    };
  };
  return {
    dir,
    backend,
    spec,
    async launch(changes, stdio = { kind: "pipes" }) {
      const running = await backend.launch(spec(changes), stdio);
      await running.limited;
      return labBottle(running);
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

async function labBottle(running: RunningBottle): Promise<LabBottle> {
  const lines = createInterface({ input: running.control })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const line: IteratorResult<string, unknown> = await lines.next();
    if (line.done === true) throw new Error("the bottle ended");
    return JSON.parse(line.value) as unknown;
  };
  const ready = (await next()) as { type: string };
  if (ready.type !== "ready") throw new Error(`unexpected first word ${JSON.stringify(ready)}`);
  const run = async (argv: readonly string[], input = ""): Promise<Ended> => {
    running.control.write(`${JSON.stringify({ argv, input })}\n`);
    return (await next()) as Ended;
  };
  return {
    running,
    run,
    sh: (script) => run(["/bin/sh", "-c", script]),
    [Symbol.asyncDispose]: () => running.stop(0),
  };
}
