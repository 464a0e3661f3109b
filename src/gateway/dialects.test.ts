import { expect, test } from "vitest";
import type { Dialect } from "./config.ts";
import { refusalBody } from "./dialects.ts";
import { Refusal } from "./refusal.ts";

test.each<[Dialect, number, object]>([
  [
    "anthropic",
    403,
    { type: "error", error: { type: "permission_error", message: "claude-bottle: No." } },
  ],
  [
    "anthropic",
    502,
    { type: "error", error: { type: "api_error", message: "claude-bottle: No." } },
  ],
  [
    "gemini",
    403,
    { error: { code: 403, message: "claude-bottle: No.", status: "PERMISSION_DENIED" } },
  ],
  ["gemini", 404, { error: { code: 404, message: "claude-bottle: No.", status: "NOT_FOUND" } }],
  ["message", 403, { message: "claude-bottle: No.", code: "x" }],
  ["npm", 403, { error: "claude-bottle: No.", code: "x" }],
  [
    "openai",
    403,
    { error: { message: "claude-bottle: No.", type: "permission_error", param: null, code: "x" } },
  ],
  [
    "openai",
    503,
    { error: { message: "claude-bottle: No.", type: "server_error", param: null, code: "x" } },
  ],
  ["plain", 403, { error: { code: "x", message: "claude-bottle: No." } }],
])("a refusal in %s with %i has that service's form", (dialect, status, body) => {
  expect(refusalBody(dialect, new Refusal("x", "No.", { status }))).toEqual(body);
});
