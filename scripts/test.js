#!/usr/bin/env node
// What ./test runs: every check as a named step with its time, on after a failure; the last line counts them all.
//   node scripts/test.js            everything
//   node scripts/test.js PATTERN…   the test files whose path matches, nothing else
import { runStep } from "./test/run.js";
import { checks, chosen, suites } from "./test/steps.js";
import { totalOf } from "./test/total.js";

const patterns = process.argv.slice(2);
const steps = [];
for (const step of patterns.length > 0 ? [chosen(patterns)] : [...checks, ...suites])
  steps.push({ name: step.name, report: await runStep(step) });

const { text, failed } = totalOf(steps, process.env.BOTTLE_REQUIRE === "all");
process.stdout.write(text);
process.exitCode = failed > 0 ? 1 : 0;
