/** Kill points: a test that ends with one has made a fault, and everything held. The reporter counts them. */
import type { TestContext } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** How many faults were survived. */
    killPoints?: number;
  }
}

export function killPoint(task: TestContext["task"], count = 1): void {
  task.meta.killPoints = (task.meta.killPoints ?? 0) + count;
}
