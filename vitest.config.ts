/** The suites: units run beside each other; the others start real bottles, one file at a time. */
import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

const big = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 };

const config: ViteUserConfig = defineConfig({
  test: {
    retry: 0,
    allowOnly: false,
    // Two cores: a third worker only makes all of them slower.
    maxWorkers: 2,
    pool: "forks",
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "src/**/*.test.ts",
            "bench/**/*.test.ts",
            "tests/scan-set/**/*.test.ts",
            "tests/fuzz/**/*.test.ts",
          ],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "house",
          include: ["tests/house/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: "conformance", include: ["tests/conformance/**/*.test.ts"], ...big } },
      { test: { name: "escape", include: ["tests/escape/**/*.test.ts"], ...big } },
      { test: { name: "e2e", include: ["tests/e2e/**/*.test.ts"], ...big } },
      {
        test: { name: "faults", include: ["tests/faults/**/*.test.ts"], ...big, maxConcurrency: 3 },
      },
    ],
  },
});

export default config;
