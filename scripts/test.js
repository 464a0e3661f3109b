#!/usr/bin/env node
// What ./test runs: every check as a named step with its time, on after a failure; the last line counts them all.
//   node scripts/test.js            everything
//   node scripts/test.js PATTERN…   the test files whose path matches, nothing else
import { countLine, runStep } from "./test/run.js";
import { checks, suites, chosen } from "./test/steps.js";

const patterns = process.argv.slice(2);
const steps = patterns.length > 0 ? [chosen(patterns)] : [...checks, ...suites];

const total = { passed: 0, failed: 0, skipped: [], notApplicable: [] };
const failing = [];
for (const step of steps) {
  const report = await runStep(step);
  total.passed += report.passed;
  total.failed += report.failed;
  total.skipped.push(...report.skipped);
  total.notApplicable.push(...report.notApplicable);
  if (report.failed > 0) failing.push(step.name);
}

if (process.env.BOTTLE_REQUIRE === "all" && total.skipped.length > 0) {
  process.stdout.write("\nskipped, and so failed (BOTTLE_REQUIRE=all):\n");
  list(total.skipped);
  total.failed += total.skipped.length;
  total.skipped = [];
  failing.push("skipped tests");
} else if (total.skipped.length > 0) {
  process.stdout.write("\nskipped:\n");
  list(total.skipped);
}
if (total.notApplicable.length > 0) {
  process.stdout.write(`\n${total.notApplicable.length} not applicable here:\n`);
  list(total.notApplicable);
}
if (failing.length > 0) process.stdout.write(`\nfailed: ${failing.join(", ")}\n`);
process.stdout.write(`\n${countLine(total)}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;

function list(cases) {
  for (const { name, reason } of cases) process.stdout.write(`  ${name}\n    ${reason}\n`);
}
