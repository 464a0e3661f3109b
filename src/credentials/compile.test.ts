import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fields } from "../gateway/http/fields.ts";
import type { AnthropicCredential, HeaderCredential } from "../manifest/manifest.ts";
import { tokenShape } from "../manifest/token-shapes.ts";
import type { Credential } from "../gateway/config.ts";
import type { CredentialSpec } from "../manifest/manifest.ts";
import { compileCredential as compileAll, newPlaceholder, secretKind } from "./compile.ts";

const compileCredential = (spec: CredentialSpec, secret: string, placeholder: string): Credential =>
  compileAll(spec, secret, placeholder)[0];
const secretRef = { text: "env:NAME", source: { kind: "env", variable: "NAME" } } as const;
const anthropic: AnthropicCredential = {
  kind: "anthropic",
  secret: secretRef,
  url: "https://api.anthropic.com",
  serverTools: [],
};
const header: HeaderCredential = {
  kind: "header",
  secret: secretRef,
  host: "api.example.com",
  ports: [443, 8443],
  scheme: "https",
  header: "x-api-key",
  template: "Key {secret}",
};
const code = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe("anthropic credential", () => {
  it("puts an OAuth token into authorization and a key into x-api-key, and takes every header of the agent's away", () => {
    const oauth = compileCredential(anthropic, "sk-ant-oat01-secret", "placeholder");
    expect(oauth.set).toEqual([{ name: "authorization", value: "Bearer sk-ant-oat01-secret" }]);
    const key = compileCredential(anthropic, "sk-ant-api03-secret", "placeholder");
    expect(key.set).toEqual([{ name: "x-api-key", value: "sk-ant-api03-secret" }]);
    for (const { strip, dialect, placeholder } of [oauth, key]) {
      expect(strip).toEqual(
        expect.arrayContaining(["authorization", "x-api-key", "proxy-authorization"]),
      );
      expect({ dialect, placeholder }).toEqual({
        dialect: "anthropic",
        placeholder: "placeholder",
      });
    }
  });

  it("allows messages, token counting and models under the base URL's path, and no other path", () => {
    const { rules, route, authorities } = compileCredential(
      { ...anthropic, url: "https://gw.example.com:8443/team/a/" },
      "sk-ant-api03-secret",
      "p",
    );
    expect(rules).toEqual([
      { methods: ["POST"], paths: ["/team/a/v1/messages", "/team/a/v1/messages/count_tokens"] },
      { methods: ["GET"], paths: ["/team/a/v1/models", "/team/a/v1/models/*"] },
    ]);
    expect(authorities).toEqual([{ scheme: "https", host: "gw.example.com", port: 8443 }]);
    expect(route).toEqual({ prefix: "/anthropic", authority: authorities[0], basePath: "/team/a" });
  });

  it.each([
    ["http://127.0.0.1:8080", { scheme: "http", host: "127.0.0.1", port: 8080 }],
    ["http://[::1]:8080/x", { scheme: "http", host: "::1", port: 8080 }],
    ["http://localhost", { scheme: "http", host: "localhost", port: 80 }],
    ["https://API.example.com", { scheme: "https", host: "api.example.com", port: 443 }],
  ])("goes to %s", (url, authority) => {
    expect(
      compileCredential({ ...anthropic, url }, "sk-ant-api03-secret", "p").authorities,
    ).toEqual([authority]);
  });

  it.each([
    "http://gw.example.com",
    "ftp://gw.example.com",
    "https://u:p@gw.example.com",
    "https://gw.example.com/?x",
    "https://gw.example.com/#x",
    "https://gw.example.com/**",
    "https://gw.example.com/a%2fb",
    "https://gw.example.com./",
    "gw.example.com",
    "",
  ])("never sends the secret to %j", (url) => {
    expect(code(() => compileCredential({ ...anthropic, url }, "sk-ant-api03-secret", "p"))).toBe(
      "E_CREDENTIAL_URL",
    );
  });

  it("judges bodies by the manifest's serverTools", () => {
    const body = Buffer.from('{"tools":[{"type":"web_search_20250305"}]}');
    const verdict = (spec: AnthropicCredential): unknown => {
      const { judges } = compileCredential(spec, "sk-ant-api03-secret", "p");
      const judge = judges?.find((one) => one.covers("POST", "/v1/messages"));
      const request = {
        method: "POST",
        path: "/v1/messages",
        query: "",
        fields: new Fields(),
        body,
      };
      return judge?.judge(request, {
        ask: () => Promise.reject(new Error("it asks nobody")),
        find: () => undefined,
      });
    };
    expect(verdict(anthropic)).toMatchObject({ ok: false, code: "server-side-fetch" });
    expect(verdict({ ...anthropic, serverTools: ["web_search"] })).toEqual({ ok: true });
  });

  it.each(["sk-ant-ort01-refresh-token", "sk-ant-sid01-browser-session"])(
    "refuses %s, which is no access token",
    (secret) => {
      expect(code(() => compileCredential(anthropic, secret, "p"))).toBe("E_CREDENTIAL_SECRET");
    },
  );
});

describe("header credential", () => {
  it("goes to its host's ports in its header, and takes other accounts' headers away", () => {
    const made = compileCredential(
      { ...header, methods: ["GET"], paths: ["/v1/**"] },
      "secret-value",
      "p",
    );
    expect(made.authorities.map(({ port }) => port)).toEqual([443, 8443]);
    expect(made.set).toEqual([{ name: "x-api-key", value: "Key secret-value" }]);
    expect(made.strip).toEqual(["x-api-key", "authorization", "proxy-authorization"]);
    expect(made.rules).toEqual([{ methods: ["GET"], paths: ["/v1/**"] }]);
    expect(made.dialect).toBe("plain");
    expect(compileCredential(header, "secret-value", "p").rules).toEqual([{}]);
  });

  it("sets a secret with replacement patterns in it as it is", () => {
    expect(compileCredential(header, "a$&b$1c$$d", "p").set[0]?.value).toBe("Key a$&b$1c$$d");
  });

  it("refuses a wildcard host and a template without exactly one {secret}", () => {
    for (const odd of [
      { host: "*.example.com" },
      { template: "Key" },
      { template: "{secret} {secret}" },
    ])
      expect(code(() => compileCredential({ ...header, ...odd }, "secret-value", "p"))).toBe(
        "E_CREDENTIAL_TEMPLATE",
      );
  });
});

describe("secrets and placeholders", () => {
  it.each([
    "short",
    "x".repeat(5000),
    "has\nline-break",
    "has\ttab-inside",
    "ends-in-space ",
    " begins-with-space",
    "non-ascii-é-secret",
    "",
  ])("refuses the secret %j without showing it", (secret) => {
    for (const spec of [anthropic, header]) {
      try {
        compileCredential(spec, secret, "p");
        expect.unreachable();
      } catch (error) {
        expect((error as { code: string }).code).toBe("E_CREDENTIAL_SECRET");
        const shown = JSON.stringify(error) + String(error) + String((error as Error).stack);
        if (secret.length > 4) expect(shown.includes(secret)).toBe(false);
      }
    }
  });

  it("tells how the agent presents the placeholder", () => {
    expect(secretKind("sk-ant-oat01-x")).toBe("oauth");
    expect(secretKind("sk-ant-api03-x")).toBe("api-key");
    expect(secretKind("corporate-key", anthropic)).toBe("api-key");
    expect(secretKind("sk-ant-oat01-x", header)).toBe("header");
  });

  it("makes placeholders that are random, fit a header, and look like no provider's token", () => {
    const made = new Set(Array.from({ length: 200 }, () => newPlaceholder("oauth", randomBytes)));
    expect(made.size).toBe(200);
    for (const placeholder of made) {
      expect(placeholder).toMatch(/^claude-bottle-placeholder-oauth-[0-9a-z]{32}$/);
      expect(tokenShape(placeholder)).toBeUndefined();
    }
  });

  it("draws every digit evenly and asks for more chance when bytes fall away", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { minLength: 48, maxLength: 48 }), (bytes) => {
        fc.pre(bytes.some((byte) => byte < 252));
        const digits = newPlaceholder("header", () => Uint8Array.from(bytes)).slice(-32);
        const kept = bytes.filter((byte) => byte < 252).map((byte) => (byte % 36).toString(36));
        expect(digits.startsWith(kept.slice(0, 32).join(""))).toBe(true);
      }),
    );
  });
});
