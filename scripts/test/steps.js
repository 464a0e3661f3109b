// The steps of ./test. A check counts as one test; a suite as its tests.
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const own = (script) => [process.execPath, join(root, script)];
const tool = (name, ...args) => [join(root, "node_modules/.bin", name), ...args];

export const checks = [
  { name: "build", argv: own("scripts/build.js") },
  { name: "format", argv: tool("oxfmt", "--check") },
  { name: "lint", argv: tool("oxlint", "--type-aware", "--deny-warnings") },
  { name: "types", argv: tool("tsc", "-p", "tsconfig.json", "--noEmit") },
  {
    name: "boundaries",
    argv: tool("depcruise", "src", "bench", "--config", ".dependency-cruiser.cjs"),
  },
  { name: "dead code", argv: tool("knip", "--no-progress") },
  { name: "licences", argv: own("scripts/test/licences.js") },
  { name: "package", argv: tool("publint", "--strict", "--pack", "false") },
];

const vitest = (...args) =>
  tool("vitest", "run", "--reporter=default", "--reporter=./scripts/test/reporter.js", ...args);

export const suites = ["unit", "house", "conformance", "escape", "e2e", "faults"].map((name) => ({
  name,
  suite: true,
  argv: vitest("--project", name),
}));

export function chosen(patterns) {
  return { name: "chosen", suite: true, argv: vitest(...patterns) };
}
