import { describe, expect, test } from "vitest";
import { authorityKey } from "./authority.ts";
import { bindCredentials } from "./bound-credentials.ts";
import type { Credential } from "./config.ts";

function credential(name: string, more: Partial<Credential> = {}): Credential {
  return {
    name,
    authorities: [{ scheme: "https", host: `${name}.example`, port: 443 }],
    rules: [{}],
    strip: ["authorization"],
    set: [{ name: "authorization", value: `Bearer ${name}-secret-value` }],
    secret: `${name}-secret-value`,
    placeholder: `${name}-placeholder-value`,
    dialect: "plain",
    ...more,
  };
}

const keyOf = (name: string): string =>
  authorityKey({ scheme: "https", host: `${name}.example`, port: 443 });
const bound = bindCredentials({
  credentials: [credential("model", { readsConversation: true }), credential("forge")],
  upstreamProxy: null,
  blockedValues: [{ name: "env REGION", value: "owners-visible-value" }],
});

describe("values that may not leave", () => {
  test("the owner's visible values may go to the agent's own model, and to nobody else", () => {
    expect(bound.scannerFor(keyOf("model"))?.find("owners-visible-value")).toBeUndefined();
    expect(bound.scannerFor(keyOf("forge"))?.find("owners-visible-value")).toBe("env REGION");
    expect(bound.scannerFor(keyOf("other"))?.find("owners-visible-value")).toBe("env REGION");
  });

  test("another credential's secret and placeholder go nowhere, not to the model either", () => {
    expect(bound.scannerFor(keyOf("model"))?.find("forge-secret-value")).toBe(
      "the secret of forge",
    );
    expect(bound.scannerFor(keyOf("model"))?.find("forge-placeholder-value")).toBe(
      "the placeholder of forge",
    );
  });
});
