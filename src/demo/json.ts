/** The demo's one line for programs (DESIGN section 8). */
import type { DemoResult } from "./run.ts";

export function demoJson(result: DemoResult): string {
  const checks = result.checks.map(({ name, ok, detail }) => ({ name, ok, detail }));
  const { ok, rung, place, timing } = result;
  return `${JSON.stringify({ ok, rung, place, checks, timing })}\n`;
}
