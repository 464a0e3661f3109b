/** Fetches a package by the user's own npm, so that his registry, proxy and CA settings hold. */
import { spawn } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BottleError } from "../errors/error.ts";

/** Milliseconds; a download that takes longer is not going to end. */
const patience = 15 * 60_000;
const maxOutput = 64 * 1024;

export interface FetchOptions {
  /** `name@version`. */
  readonly what: string;
  /** A private, empty folder. */
  readonly into: string;
  readonly env: NodeJS.ProcessEnv;
  /** Used where the environment has no HOME: npm needs one to start. */
  readonly home: string;
}

/** Returns the path of the fetched tarball. Nothing of the package is run. */
export async function fetchPackage(options: FetchOptions): Promise<string> {
  // A package.json of its own keeps npm from reading the settings of a project around the folder.
  await writeFile(join(options.into, "package.json"), "{}\n", { flag: "wx" });
  const end = await runNpm(options);
  const tarballs = (await readdir(options.into)).filter((name) => name.endsWith(".tgz"));
  const [tarball] = tarballs;
  if (end.code === 0 && tarball !== undefined && tarballs.length === 1)
    return join(options.into, tarball);
  throw failed(
    options.what,
    end.code === 0
      ? "npm ended well but left no package."
      : `npm ended with ${end.how}${errorCode(end.output)}.`,
  );
}

interface End {
  readonly code: number | null;
  readonly how: string;
  readonly output: string;
}

function runNpm(options: FetchOptions): Promise<End> {
  const argv = [
    "pack",
    options.what,
    "--ignore-scripts",
    "--pack-destination",
    options.into,
    "--loglevel",
    "error",
    "--no-progress",
  ];
  return new Promise((resolve, reject) => {
    // A group of its own: npm's children end with it when patience does.
    const child = spawn("npm", argv, {
      cwd: options.into,
      env: npmEnvironment(options),
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    let output = "";
    child.stderr.setEncoding("latin1");
    child.stderr.on("data", (text: string) => {
      output = (output + text).slice(-maxOutput);
    });
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, patience);
    child.once("error", (cause: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(
        failed(
          options.what,
          cause.code === "ENOENT"
            ? "There is no npm on the PATH."
            : `npm did not start (${cause.code ?? "unknown"}).`,
        ),
      );
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, how: signal ?? `code ${code}`, output });
    });
  });
}

/** The user's environment, less what holds an agent's credentials: a download needs none of those. */
function npmEnvironment(options: FetchOptions): NodeJS.ProcessEnv {
  const kept = Object.entries(options.env).filter(
    ([name]) => !/^(ANTHROPIC|CLAUDE|OPENAI|GEMINI)_/i.test(name),
  );
  return {
    HOME: options.home,
    ...Object.fromEntries(kept),
    npm_config_update_notifier: "false",
    npm_config_ignore_scripts: "true",
  };
}

/** Only npm's own code word: its full text may hold addresses with passwords. */
function errorCode(output: string): string {
  const found = /^npm (?:error|ERR!) code ([A-Z][A-Z0-9_]{1,40})$/m.exec(output);
  return found === null ? "" : ` (${found[1] ?? ""})`;
}

function failed(what: string, why: string): BottleError {
  return new BottleError({
    code: "E_AGENT_DOWNLOAD",
    what: "The agent could not be downloaded.",
    why,
    next: `Run \`npm pack ${what}\` in an empty folder to see npm's own words; when that works, so does this.`,
  });
}
