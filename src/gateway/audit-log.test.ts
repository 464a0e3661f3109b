/** A flood is counted and not listed line by line; what carried bytes is listed always. */
import { describe, expect, it } from "vitest";
import { createAuditLog } from "./audit-log.ts";
import type { AuditLog } from "./audit-log.ts";
import type { AuditEvent } from "./config.ts";

const authority = { scheme: "https", host: "api.example.org", port: 443 } as const;

function flooded(): { readonly log: AuditLog; readonly lines: readonly AuditEvent[] } {
  const lines: AuditEvent[] = [];
  const audit = (event: AuditEvent): void => void lines.push(event);
  const log = createAuditLog({ now: () => 0, audit, scanner: undefined });
  for (let count = 0; count < 1500; count += 1)
    log.write({ event: "refused", door: "proxy", authority, code: "host-not-allowed" });
  return { log, lines };
}

describe("an audit log in a flood of refusals", () => {
  it("lists a thousand, and says at its end how many more there were", () => {
    const { log, lines } = flooded();
    expect(lines).toHaveLength(1000);
    log.close();
    expect(lines.at(-1)).toMatchObject({
      event: "note",
      reason: expect.stringMatching(/^500 refusals and tunnels more /) as string,
    });
    log.close();
    expect(lines).toHaveLength(1001);
  });

  it("lists each tunnel through which something went", () => {
    const { log, lines } = flooded();
    log.write({ event: "connect", door: "proxy", authority, status: 200 });
    expect(lines).toHaveLength(1000);
    log.write({ event: "connect", door: "proxy", authority, sent: 7, received: 9 });
    expect(lines.slice(1000)).toEqual([
      expect.objectContaining({ event: "note" }),
      expect.objectContaining({ event: "connect", sent: 7, received: 9 }),
    ]);
  });
});
