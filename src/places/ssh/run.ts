/** Runs ssh to its end: short orders to the connection that is there. */
import { spawn } from "node:child_process";

/** Milliseconds: the other side is asked nothing, or has answered a moment ago. */
const patience = 15_000;
const maxSaid = 4096;

/** What it said, if it failed; undefined where all went well. */
export function runSsh(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn("ssh", argv, {
      env,
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
      timeout: patience,
      killSignal: "SIGKILL",
    });
    let said = "";
    child.stderr
      .setEncoding("utf8")
      .on("data", (text: string) => (said = `${said}${text}`.slice(0, maxSaid)));
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code) =>
      resolve(code === 0 ? undefined : said || `it ended with ${code}`),
    );
  });
}
