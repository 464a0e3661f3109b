// Counts what vitest ran, for the last line of ./test; a skip is told with its reason, and so are kill points (tests/faults).
import { writeFileSync } from "node:fs";

const apart = "not applicable: ";

/** Enough to know which of many it was, where only the end of the output is kept. */
const firstLine = (message = "no message") => message.trim().split("\n", 1)[0].slice(0, 300);

export default class Report {
  onTestRunEnd(modules, unhandled) {
    const report = {
      passed: 0,
      failed: unhandled.length,
      failures: unhandled.map((error) => ({ name: "unhandled", reason: firstLine(error.message) })),
      skipped: [],
      notApplicable: [],
      killPoints: 0,
    };
    for (const module of modules) {
      // A file that did not load has no tests to count.
      const [broken] = module.errors();
      if (broken !== undefined) {
        report.failed += 1;
        report.failures.push({
          name: module.relativeModuleId ?? module.moduleId,
          reason: firstLine(broken.message),
        });
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        const name = `${module.relativeModuleId ?? module.moduleId}: ${test.fullName}`;
        if (result.state === "passed") {
          report.passed += 1;
          report.killPoints += test.meta().killPoints ?? 0;
        } else if (result.state === "failed") {
          report.failed += 1;
          report.failures.push({ name, reason: firstLine(result.errors?.[0]?.message) });
        } else if (result.note?.startsWith(apart))
          report.notApplicable.push({ name, reason: result.note.slice(apart.length) });
        else report.skipped.push({ name, reason: result.note ?? "no reason given" });
      }
    }
    const file = process.env.BOTTLE_TEST_REPORT;
    if (file) writeFileSync(file, JSON.stringify(report));
  }
}
