// Runs one step and says how it went.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countLine } from "./total.js";

const root = join(import.meta.dirname, "../..");

/** A check is quiet unless it fails; a suite speaks while it runs. */
export async function runStep({ name, argv, suite = false }) {
  const directory = await mkdtemp(join(tmpdir(), "bottle-report-"));
  const file = join(directory, "report.json");
  const begun = performance.now();
  if (suite) process.stdout.write(`\n── ${name}\n`);
  try {
    const { code, output } = await execute(argv, suite, {
      ...process.env,
      BOTTLE_TEST_REPORT: file,
    });
    const report = suite ? await read(file) : { ...empty(), passed: code === 0 ? 1 : 0 };
    // Whatever a report says: a step that ended badly has failed.
    if (code !== 0 && report.failed === 0) report.failed = 1;
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    if (code !== 0) process.stdout.write(output);
    process.stdout.write(
      `${report.failed === 0 ? "✓" : "✗"} ${name} (${seconds} s)${suite ? `: ${countLine(report)}` : ""}\n`,
    );
    if (report.killPoints > 0) process.stdout.write(`${report.killPoints} kill points survived\n`);
    return report;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function empty() {
  return { passed: 0, failed: 0, skipped: [], notApplicable: [], failures: [], killPoints: 0 };
}

/** No report means that the suite did not come to its end. */
async function read(file) {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? { ...empty(), failed: 1 } : JSON.parse(text);
}

function execute([command, ...args], live, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ["ignore", live ? "inherit" : "pipe", live ? "inherit" : "pipe"],
    });
    let output = "";
    child.stdout?.on("data", (data) => (output += data));
    child.stderr?.on("data", (data) => (output += data));
    child.on("error", (error) => resolve({ code: 1, output: `${error.message}\n` }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
