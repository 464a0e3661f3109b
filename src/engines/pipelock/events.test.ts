import fc from "fast-check";
import { expect, test } from "vitest";
import { readEvent } from "./events.ts";

test("a line says what happened and for which host, and none of what was found", () => {
  const line = JSON.stringify({
    level: "warn",
    event: "blocked",
    scanner: "dlp",
    host: "api.example.org",
    url: "https://api.example.org/?key=ghp_secret",
    reason: "found ghp_secret",
  });
  expect(readEvent(line)).toEqual({ name: "denied", detail: "scanner dlp, host api.example.org" });
});

test.each(["", "no JSON", "null", "[]", "{}", '{"event":"allowed"}', '{"event":"__proto__"}'])(
  "%s is no news",
  (line) => expect(readEvent(line)).toBeUndefined(),
);

test("whatever it holds comes out short and printable", () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ maxLength: 5000 }), (scanner, host) => {
      const event = readEvent(JSON.stringify({ event: "error", scanner, host }));
      expect(event?.detail).toMatch(/^[\x20-\x7e]{0,300}$/);
    }),
  );
});
