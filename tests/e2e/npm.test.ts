/** npm itself with a dummy token, through a real gateway, against a small registry: what it may read and publish. */
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { RegistryCredential } from "../../src/manifest/manifest.ts";
import { clientPlaceholder, clientSecret, openClientScene } from "../support/client-scene.ts";
import type { ClientScene, Said, Seen } from "../support/client-scene.ts";

let tarball: Buffer;

beforeAll(() => {
  const source = mkdtempSync(join(tmpdir(), "npm-library-"));
  try {
    writeFileSync(join(source, "package.json"), '{"name":"@me/library","version":"1.0.0"}');
    writeFileSync(join(source, "index.js"), "module.exports = 1;\n");
    execFileSync("npm", ["pack", "--ignore-scripts", "--offline"], {
      cwd: source,
      stdio: "ignore",
    });
    tarball = readFileSync(join(source, "me-library-1.0.0.tgz"));
  } finally {
    rmSync(source, { recursive: true });
  }
});

/** As much of a registry as npm asks for here. */
function answer({ line }: Seen, url: string): Said {
  const [method, target = ""] = line.split(" ");
  const path = target.split("?", 1)[0] ?? "";
  const name = decodeURIComponent(path).slice(1);
  if (method === "PUT") return { status: 201, body: { ok: true } };
  if (path.endsWith("/dist-tags")) return { body: { latest: "1.0.0" } };
  if (path.startsWith("/-/")) return { body: {} };
  if (path.endsWith(".tgz")) return { type: "application/octet-stream", body: tarball };
  if (name !== "@me/library") return { status: 404, body: { error: "not found" } };
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const dist = { tarball: `${url}/@me/library/-/library-1.0.0.tgz`, integrity };
  const versions = { "1.0.0": { name, version: "1.0.0", dist } };
  return { body: { name, "dist-tags": { latest: "1.0.0" }, versions } };
}

function scene(publish: readonly string[]): Promise<ClientScene> {
  return openClientScene({
    answer,
    spec: (url): RegistryCredential => ({
      kind: "registry",
      secret: { text: "env:T", source: { kind: "env", variable: "T" } },
      url,
      scopes: [],
      publish,
    }),
  });
}

function project(opened: ClientScene, content: object): string {
  const folder = join(opened.folder, "project");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify(content));
  return folder;
}

describe("npm with a dummy token", () => {
  it("installs a scoped package, and asks for its known faults", async () => {
    await using opened = await scene([]);
    const folder = project(opened, { name: "x", version: "1.0.0" });
    const install = ["install", "@me/library", "--no-update-notifier"];
    expect(await opened.run("npm", install, folder)).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, "node_modules/@me/library/index.js"), "utf8")).toContain(
      "exports",
    );
    expect(opened.seen.map(({ line }) => line).toSorted()).toEqual([
      "GET /@me%2flibrary",
      "GET /@me/library/-/library-1.0.0.tgz",
      "POST /-/npm/v1/security/advisories/bulk",
    ]);
    for (const { authorization } of opened.seen)
      expect(authorization).toBe(`Bearer ${clientSecret}`);
    expect(await readFile(join(opened.folder, ".npmrc"), "utf8")).toContain(clientPlaceholder);
  });

  it("publishes what is named", async () => {
    await using opened = await scene(["@me/app"]);
    const folder = project(opened, { name: "@me/app", version: "1.2.3" });
    const publish = ["publish", "--no-update-notifier"];
    expect(await opened.run("npm", publish, folder)).toMatchObject({ code: 0 });
    const sent = opened.seen.find(({ line }) => line === "PUT /@me%2fapp");
    expect(JSON.parse(String(sent?.body))).toMatchObject({ name: "@me/app" });
  });

  it.each([
    ["another package is published", ["publish"], "Only @me/app may be published."],
    ["it asks who it is", ["whoami"], "not users"],
    ["it would make a token", ["token", "list"], "not users"],
    ["it would give access", ["access", "set", "status=public", "@me/other"], "not users"],
    ["it would move a tag", ["dist-tag", "add", "@me/app@1.2.3", "next"], "not users"],
    [
      "it would rewrite what is there",
      ["deprecate", "@me/library@1.0.0", "x"],
      "Only @me/app may be published.",
    ],
  ])("is told why not, where %s", async (_what, args, why) => {
    await using opened = await scene(["@me/app"]);
    const folder = project(opened, { name: "@me/other", version: "1.2.3" });
    const told = await opened.run("npm", [...args, "--no-update-notifier"], folder);
    expect(told.code).not.toBe(0);
    expect(told.stderr).toContain(`claude-bottle: `);
    expect(told.stderr).toContain(why);
    expect(opened.seen.filter(({ line }) => !line.startsWith("GET"))).toEqual([]);
  });
});
