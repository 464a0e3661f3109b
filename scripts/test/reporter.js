// Counts what vitest ran, for the last line of ./test; a skip is told with its reason, and so are kill points (tests/faults).
import { writeFileSync } from "node:fs";

const apart = "not applicable: ";

export default class Report {
  onTestRunEnd(modules, unhandled) {
    const report = {
      passed: 0,
      failed: unhandled.length,
      skipped: [],
      notApplicable: [],
      killPoints: 0,
    };
    for (const module of modules) {
      // A file that did not load has no tests to count.
      if (module.errors().length > 0) report.failed += 1;
      for (const test of module.children.allTests()) {
        const result = test.result();
        const name = `${module.relativeModuleId ?? module.moduleId}: ${test.fullName}`;
        if (result.state === "passed") {
          report.passed += 1;
          report.killPoints += test.meta().killPoints ?? 0;
        } else if (result.state === "failed") report.failed += 1;
        else if (result.note?.startsWith(apart))
          report.notApplicable.push({ name, reason: result.note.slice(apart.length) });
        else report.skipped.push({ name, reason: result.note ?? "no reason given" });
      }
    }
    const file = process.env.BOTTLE_TEST_REPORT;
    if (file) writeFileSync(file, JSON.stringify(report));
  }
}
