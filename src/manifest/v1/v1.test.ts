import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BottleErrors } from "../../errors/error.ts";
import type { LoadOptions } from "../load.ts";
import { loadManifest } from "../load.ts";
import type { Manifest } from "../manifest.ts";

let home: string;
let options: LoadOptions;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "v1-"));
  options = { home, configHome: join(home, ".config"), cwd: "/" };
});
afterEach(() => rm(home, { recursive: true }));

async function load(text: string): Promise<Manifest> {
  await writeFile(join(home, "claude-bottle.json"), text, { mode: 0o600 });
  return loadManifest(options);
}

async function faults(text: string): Promise<BottleErrors["errors"]> {
  return load(text).then(
    () => [],
    (error: unknown) => {
      if (error instanceof BottleErrors) return error.errors;
      throw error;
    },
  );
}

/** A manifest with one bottle `dev` of these keys, on line 3. */
function dev(keys: string): string {
  return `{\n "bottles": {\n  "dev": {${keys}}\n },\n "agents": {"me": {"bottle": "dev"}}\n}\n`;
}

const whole = `{
  "bottles": {
    "dev": {
      "env": {"TZ": "UTC", "REGION": "\${AWS_REGION}", "TICKET": "?Which ticket"},
      "ssh": [],
      "egress": {"allowlist": ["docs.example.org", "*.example.net", "git.example.com:8443"], "dlp_action": "warn"},
      "runtime": "runc",
      "supervise": true,
      "cred_proxy": {
        "routes": [
          {"path": "/anthropic/", "upstream": "https://api.anthropic.com", "auth_scheme": "Bearer", "token_ref": "CLAUDE_TOKEN", "role": "anthropic-base-url"},
          {"path": "/npm/", "upstream": "https://npm.example.com/registry/", "auth_scheme": "Bearer", "token_ref": "NPM_TOKEN", "role": "npm-registry"},
          {"path": "/gitea/", "upstream": "https://gitea.example.com", "auth_scheme": "token", "token_ref": "GITEA_TOKEN", "role": ["git-insteadof", "tea-login"]},
          {"path": "/api/", "upstream": "http://127.0.0.1:8080/v1", "auth_scheme": "Token", "token_ref": "API_TOKEN"}
        ]
      }
    },
    "strong": {"runtime": "runsc"}
  },
  "agents": {
    "implementer": {"bottle": "dev", "skills": ["review"], "prompt": "Fix the failing test."},
    "quiet": {"bottle": "strong", "skills": [], "prompt": ""}
  }
}
`;

describe("a manifest of the old form", () => {
  it("is read as it is, from the home", async () => {
    const { file, bottles, agents } = await load(whole);
    expect(file).toBe(join(home, "claude-bottle.json"));
    expect(bottles.get("dev")).toMatchObject({
      rung: "namespace",
      workspace: { mode: "clone" },
      env: [
        { kind: "literal", name: "TZ", value: "UTC" },
        { kind: "host", name: "REGION", variable: "AWS_REGION" },
        { kind: "ask", name: "TICKET", question: "Which ticket" },
      ],
      allow: [
        { host: "docs.example.org", ports: [443], scheme: "https" },
        { host: "*.example.net", ports: [443], scheme: "https" },
        { host: "git.example.com", ports: [8443], scheme: "https" },
      ],
    });
    expect(bottles.get("strong")?.rung).toBe("gvisor");
    expect(agents.get("implementer")).toMatchObject({
      bottle: "dev",
      provider: "claude",
      prompt: "Fix the failing test.",
      skills: ["review"],
    });
    expect(agents.get("quiet")).not.toHaveProperty("prompt");
  });

  it("has a credential for each route: the model's, the registry's, and a header for any other upstream", async () => {
    const { bottles } = await load(whole);
    const secret = (variable: string): object => ({
      secret: { text: `env:${variable}`, source: { kind: "env", variable } },
    });
    expect(bottles.get("dev")?.credentials).toEqual([
      {
        kind: "anthropic",
        url: "https://api.anthropic.com",
        serverTools: [],
        ...secret("CLAUDE_TOKEN"),
      },
      {
        kind: "registry",
        url: "https://npm.example.com/registry",
        scopes: [],
        publish: [],
        ...secret("NPM_TOKEN"),
      },
      {
        kind: "header",
        host: "gitea.example.com",
        ports: [443],
        scheme: "https",
        header: "authorization",
        template: "token {secret}",
        ...secret("GITEA_TOKEN"),
      },
      {
        kind: "header",
        host: "127.0.0.1",
        ports: [8080],
        scheme: "http",
        header: "authorization",
        template: "Token {secret}",
        paths: ["/v1", "/v1/**"],
        ...secret("API_TOKEN"),
      },
    ]);
  });

  it("says of each thing that is not as it was what is so now", async () => {
    const said = (await load(whole)).hints.join("\n");
    for (const word of [
      "old form",
      "runtime runc",
      "dlp_action warn",
      "supervise",
      "none is published",
      "~/.gitconfig",
      "~/.config/tea",
      "Bottle strong: no route has the role anthropic-base-url",
    ])
      expect(said).toContain(word);
  });

  it.each([
    ["whose token is sent in another way", [["", "npm-registry"]], "Basic"],
    [
      "whose host another route is for, too",
      [
        ["/npm", "npm-registry"],
        ["/git", "git-insteadof"],
      ],
      "Bearer",
    ],
  ] as const)("has a header for a registry %s, and says so", async (_what, parts, scheme) => {
    const routes = parts.map(([path, role]) => ({
      path: `${path}/`,
      upstream: `https://git.example.com${path}`,
      auth_scheme: scheme,
      token_ref: "TOKEN",
      role,
    }));
    const { bottles, hints } = await load(dev(`"cred_proxy": ${JSON.stringify({ routes })}`));
    expect(bottles.get("dev")?.credentials).toMatchObject([{ kind: "header" }]);
    expect(hints.join("\n")).toContain("role npm-registry: the token goes to the whole host");
  });

  it("joins two routes with one token for one host", async () => {
    const route = (path: string, upstream: string, role: string): string =>
      `{"path": "${path}", "upstream": "https://gitea.example.com${upstream}", "auth_scheme": "token", "token_ref": "GITEA_TOKEN", "role": "${role}"}`;
    const routes = [route("/git/", "", "git-insteadof"), route("/tea/", "/api", "tea-login")];
    const { bottles } = await load(dev(`"cred_proxy": {"routes": [${routes.join()}]}`));
    expect(bottles.get("dev")?.credentials).toMatchObject([{ host: "gitea.example.com" }]);
    expect(bottles.get("dev")?.credentials[0]).not.toHaveProperty("paths");
  });

  it("is looked for after the present one, and known by what is in it where it is named", async () => {
    await load(whole);
    await mkdir(join(home, ".config/claude-bottle"), { recursive: true });
    await writeFile(join(home, ".config/claude-bottle/bottles.yaml"), "version: 1\nbottles: {}\n");
    expect((await loadManifest(options)).agents.size).toBe(0);
    await writeFile(join(home, "team.json"), dev('"runtime": "runsc"'));
    const named = await loadManifest({ ...options, file: join(home, "team.json") });
    expect(named.bottles.get("dev")?.rung).toBe("gvisor");
  });
});

describe("faults of the old form", () => {
  const table: readonly (readonly [name: string, keys: string, expected: string])[] = [
    ["an unknown key", '"runtme": "runc"', "3:11 E_MANIFEST_UNKNOWN_KEY"],
    ["a key of the present form", '"rung": "gvisor"', "3:11 E_MANIFEST_UNKNOWN_KEY"],
    ["an unknown runtime", '"runtime": "runcs"', "3:22 E_MANIFEST_VALUE"],
    ["an unknown action", '"egress": {"dlp_action": "wran"}', "3:36 E_MANIFEST_VALUE"],
    ["a URL for a host", '"egress": {"allowlist": ["https://x"]}', "3:36 E_MANIFEST_HOST"],
    ["a reserved variable", '"env": {"HTTP_PROXY": "x"}', "3:19 E_MANIFEST_RESERVED"],
    ["a token", '"env": {"A": "ghp_abcdefghijklmnopqrst"}', "3:24 E_MANIFEST_INLINE_SECRET"],
    ["ssh", '"ssh": [{"Host": "git", "Hostname": "git.corp.example"}]', "3:18 E_MANIFEST_OLD"],
    ["git", '"git": [{"Name": "x"}]', "3:18 E_MANIFEST_OLD"],
    ["tokens", '"tokens": {"A": "B"}', "3:21 E_MANIFEST_OLD"],
    ["routes that are none", '"cred_proxy": {"routes": {}}', "3:36 E_MANIFEST_TYPE"],
  ];
  it.each(table)("%s", async (_name, keys, expected) => {
    const found = (await faults(dev(keys))).map(
      ({ place, code }) => `${place?.line}:${place?.column} ${code}`,
    );
    expect(found).toEqual([expected]);
  });

  const good: Readonly<Record<string, unknown>> = {
    path: "/a/",
    upstream: "https://a.example",
    auth_scheme: "Bearer",
    token_ref: "A",
  };
  it.each([
    ["no upstream", [{ ...good, upstream: undefined }], "E_MANIFEST_MISSING_KEY"],
    ["a token for the name", [{ ...good, token_ref: "hunter2-PLANTED" }], "E_MANIFEST_VALUE"],
    ["a scheme of two words", [{ ...good, auth_scheme: "Bearer PLANTED" }], "E_MANIFEST_VALUE"],
    ["an unknown role", [{ ...good, role: "git-insteadoff" }], "E_MANIFEST_VALUE"],
    ["a secret in plain http", [{ ...good, upstream: "http://a.example" }], "E_MANIFEST_VALUE"],
    ["one path twice", [good, { ...good, token_ref: "B" }], "E_MANIFEST_CONFLICT"],
    [
      "two tokens for one host",
      [good, { ...good, path: "/b/", token_ref: "B" }],
      "E_MANIFEST_CONFLICT",
    ],
    [
      "two models",
      [
        { ...good, role: "anthropic-base-url" },
        { ...good, path: "/b/", upstream: "https://b.example", role: "anthropic-base-url" },
      ],
      "E_MANIFEST_CONFLICT",
    ],
  ])("a route with %s", async (_name, routes, code) => {
    const found = await faults(dev(`"cred_proxy": ${JSON.stringify({ routes })}`));
    expect(found).toMatchObject([{ code, place: { line: 3 } }]);
    expect(JSON.stringify(found.map((one) => [one.message, one.why, one.next]))).not.toContain(
      "PLANTED",
    );
  });

  it("ssh is refused with the way to do it now, for the host that was meant", async () => {
    const [error] = await faults(dev('"ssh": [{"Host": "x", "Hostname": "Git.Corp.Example"}]'));
    expect(error?.next).toContain('"upstream": "https://git.corp.example"');
    expect(error?.next).toContain("https in the remotes");
  });

  it("an agent in a bottle that is not there, and one in none", async () => {
    const found = await faults(
      '{"bottles": {"dev": {}}, "agents": {"a": {"bottle": "dve"}, "b": {}}}',
    );
    expect(found.map(({ code }) => code)).toEqual(["E_MANIFEST_BOTTLE", "E_MANIFEST_MISSING_KEY"]);
    expect(found[0]?.next).toBe('Did you mean "dev"?');
  });
});
