import { expect, test } from "vitest";
import type { AuditEvent } from "../../gateway/config.ts";
import { boundStrangers } from "./events.ts";

function lab() {
  const written: AuditEvent[] = [];
  return { written, write: boundStrangers((event) => written.push(event)) };
}
const refused = (at: number, code: string): AuditEvent => ({ at, event: "refused", code });

test("strangers fill no log: what exceeds the bound of a minute is one line", () => {
  const { written, write } = lab();
  for (let count = 0; count < 1000; count += 1) write(refused(100_000 + count, "client-unknown"));
  expect(written).toHaveLength(120);
  write(refused(170_000, "client-unknown"));
  expect(written.slice(120)).toEqual([
    expect.objectContaining({
      event: "note",
      code: "refusals-left-out",
      reason: "880 more refusals of requests without a placeholder, in one minute",
    }),
    refused(170_000, "client-unknown"),
  ]);
});

test("every line about a client is written, whatever strangers do", () => {
  const { written, write } = lab();
  for (let count = 0; count < 200; count += 1) write(refused(100_000, "malformed-request"));
  const of = (code: string): number => written.filter((event) => event.code === code).length;
  for (let count = 0; count < 200; count += 1) {
    write(refused(100_001, "host-not-allowed"));
    write(refused(100_001, "blocked-value"));
  }
  expect([of("malformed-request"), of("host-not-allowed"), of("blocked-value")]).toEqual([
    120, 200, 200,
  ]);
});

test("a clock that is set back stops no line", () => {
  const { written, write } = lab();
  for (let count = 0; count < 120; count += 1) write(refused(500_000, "client-unknown"));
  write(refused(1000, "client-unknown"));
  expect(written).toHaveLength(121);
});
