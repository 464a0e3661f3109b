import { expect, test } from "vitest";
import { carriesCredential, foreignParameter } from "./foreign.ts";

test.each([
  "accept",
  "accept-encoding",
  "accept-language",
  "anthropic-beta",
  "anthropic-version",
  "cache-control",
  "client-request-id",
  "connection",
  "content-digest",
  "content-length",
  "content-type",
  "dnt",
  "expect",
  "git-protocol",
  "grpc-timeout",
  "host",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "key",
  "last-event-id",
  "mcp-session-id",
  "next-router-state-tree",
  "npm-auth-type",
  "npm-command",
  "npm-session",
  "openai-organization",
  "origin",
  "pacote-req-type",
  "pragma",
  "range",
  "referer",
  "sec-ch-ua",
  "sec-fetch-mode",
  "sec-websocket-key",
  "sec-websocket-version",
  "surrogate-key",
  "traceparent",
  "user-agent",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-client-request-id",
  "x-csrf-token",
  "x-forwarded-for",
  "x-goog-api-client",
  "x-idempotency-key",
  "x-request-id",
  "x-requested-with",
  "x-stainless-lang",
  "x-xsrf-token",
])("%s says nothing of an account", (name) => {
  expect(carriesCredential(name)).toBe(false);
});

test.each([
  "access-token",
  "api-token",
  "authorization",
  "client-secret",
  "cookie",
  "deploy-token",
  "fastly-key",
  "private-token",
  "proxy-authorization",
  "x-access-key",
  "x-amz-security-token",
  "x-api-key",
  "x-apikey",
  "x_auth_token",
  "x-goog-api-key",
  "x-goog-iam-authorization-token",
  "x-ms-authorization-auxiliary",
  "x-shopify-access-token",
  "x-vault-token",
])("%s does", (name) => {
  expect(carriesCredential(name)).toBe(true);
});

test("a parameter counts by its name, or by its name and looks, or as a signature where something is written", () => {
  const long = "0123456789abcdef0123";
  const found = (method: string, query: string): string | undefined =>
    foreignParameter(method, `/x?${query}`);
  expect(found("GET", "api_key=a")).toBe("the parameter api_key");
  expect(found("GET", "API-Key=a")).toBe("the parameter api_key");
  expect(found("GET", `key=${long}`)).toBe("the parameter key");
  expect(found("GET", "key=two%20words%20that%20are%20long")).toBeUndefined();
  expect(found("GET", `key=${long.slice(1)}`)).toBeUndefined();
  expect(found("GET", `sig=${long}`)).toBeUndefined();
  expect(found("PUT", `sig=${long}`)).toBe("the parameter sig");
  expect(found("GET", `page_token=${long}&pageToken=${long}`)).toBeUndefined();
  expect(foreignParameter("GET", `/x?api_key=${long}`, "api_key")).toBeUndefined();
  expect(foreignParameter("GET", `/x?API-KEY=${long}`, "api_key")).toBe("the parameter api_key");
});
