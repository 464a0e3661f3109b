import { describe, expect, it } from "vitest";
import type { AuditEvent } from "../../gateway/config.ts";
import { openBacklog } from "./backlog.ts";
import type { Backlog } from "./backlog.ts";

interface Scene {
  readonly backlog: Backlog;
  readonly sent: AuditEvent[];
  overflows: number;
}

const request: AuditEvent = { at: 1, event: "request", path: "/" };
const refused: AuditEvent = { at: 1, event: "refused", code: "record-behind" };
const size = JSON.stringify(request).length;

function open(): Scene {
  const sent: AuditEvent[] = [];
  const scene: Scene = {
    sent,
    overflows: 0,
    backlog: openBacklog({
      send: (event) => sent.push(event),
      full: 10 * size,
      most: 20 * size,
      overflow: () => (scene.overflows += 1),
      now: () => 7,
    }),
  };
  return scene;
}

describe("the backlog of events", () => {
  it("lets no request through when it is full, and does again when enough of it is written down", () => {
    const { backlog, sent } = open();
    for (let left = 9; left > 0; left -= 1) backlog.write(request);
    expect(backlog.writable).toBe(true);
    backlog.write(request);
    expect(backlog.writable).toBe(false);
    backlog.acknowledged(1);
    expect(backlog.writable).toBe(true);
    expect(sent).toHaveLength(10);
  });

  it("lists no refusal that is for want of room, and says how many there were when there is room", () => {
    const { backlog, sent } = open();
    for (let left = 12; left > 0; left -= 1) backlog.write(request);
    for (let left = 1000; left > 0; left -= 1) backlog.write(refused);
    expect(sent).toHaveLength(12);
    backlog.acknowledged(2);
    expect(sent).toHaveLength(12);
    backlog.acknowledged(12);
    expect(sent.at(-1)).toMatchObject({
      at: 7,
      event: "note",
      code: "record-behind",
      reason: expect.stringContaining("1000 requests") as string,
    });
    backlog.close();
    expect(sent).toHaveLength(13);
  });

  it("says so at its end as well", () => {
    const { backlog, sent } = open();
    backlog.write(refused);
    backlog.close();
    expect(sent).toMatchObject([{ event: "note", code: "record-behind" }]);
  });

  it("loses no event: beyond its last room there is an end", () => {
    const scene = open();
    for (let left = 20; left > 0; left -= 1) scene.backlog.write(request);
    expect(scene.overflows).toBe(0);
    scene.backlog.write(request);
    expect(scene.overflows).toBe(1);
  });

  it("stays right over thousands of events", () => {
    const { backlog, sent } = open();
    for (let number = 1; number <= 5000; number += 1) {
      backlog.write(request);
      backlog.acknowledged(number);
    }
    expect([backlog.writable, sent.length]).toEqual([true, 5000]);
  });
});
