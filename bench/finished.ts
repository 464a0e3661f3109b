/** Runs a program to its end, as every measurement does with what it measures. */
import { spawn } from "node:child_process";

/** Resolves when the program ended with 0; its output is dropped. */
export function finished(
  program: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  begun: (pid: number) => void = () => undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
    if (child.pid !== undefined) begun(child.pid);
    let told = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      told = (told + text).slice(-2_000);
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${code ?? signal ?? "?"}: ${told}`));
    });
  });
}
