// Adds up what the steps report, and says it: skips with their reasons, and the counts on the last line.

export function countLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped.length} skipped`;
}

/** Steps as `{ name, report }`. With `requireAll`, a skip is a failure; a case that is not applicable never is. */
export function totalOf(steps, requireAll) {
  const reports = steps.map(({ report }) => report);
  const sum = (pick) => reports.reduce((before, report) => before + pick(report), 0);
  const skipped = reports.flatMap((report) => report.skipped);
  const apart = reports.flatMap((report) => report.notApplicable);
  const failures = reports.flatMap((report) => report.failures);
  const failing = steps.filter(({ report }) => report.failed > 0).map(({ name }) => name);

  const refused = requireAll ? skipped : [];
  const total = {
    passed: sum((report) => report.passed),
    failed: sum((report) => report.failed) + refused.length,
    skipped: requireAll ? [] : skipped,
  };
  const lines = [
    ...section("skipped, and so failed (BOTTLE_REQUIRE=all)", refused),
    ...section("skipped", total.skipped),
    ...section(`${apart.length} not applicable here`, apart),
    ...section("failures", failures),
    ...(failing.length > 0 ? ["", `failed: ${failing.join(", ")}`] : []),
    "",
    countLine(total),
  ];
  return { text: `${lines.join("\n")}\n`, failed: total.failed };
}

function section(title, cases) {
  if (cases.length === 0) return [];
  return ["", `${title}:`, ...cases.flatMap(({ name, reason }) => [`  ${name}`, `    ${reason}`])];
}
