import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CredentialSpec, RegistryCredential } from "../manifest/manifest.ts";
import { withRegistries } from "./npm-registry.ts";

const open: RegistryCredential = {
  kind: "registry",
  secret: { text: "env:T", source: { kind: "env", variable: "T" } },
  url: null,
  scopes: [],
  publish: [],
};

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "npm-registry-"));
});
afterAll(() => rm(home, { recursive: true }));

/** The owner's own npm, with these settings of his. */
async function resolved(
  settings: readonly string[],
  credentials: readonly CredentialSpec[],
): Promise<readonly unknown[]> {
  const userconfig = join(home, "npmrc");
  await writeFile(userconfig, settings.map((line) => `${line}\n`).join(""));
  const env = { PATH: process.env["PATH"], HOME: home, npm_config_userconfig: userconfig };
  return (await withRegistries({ env }, credentials)).map((spec) => "url" in spec && spec.url);
}

describe("a registry credential without a URL", () => {
  it("goes to the registry of the owner's npm", async () => {
    const settings = ["registry=https://registry.example.com/npm/"];
    expect(await resolved(settings, [open])).toEqual(["https://registry.example.com/npm"]);
  });

  it("goes to that of its scope, where npm has one", async () => {
    const settings = [
      "registry=https://registry.example.com",
      "@me:registry=https://me.example.com",
    ];
    expect(
      await resolved(settings, [
        { ...open, scopes: ["@me"] },
        { ...open, scopes: ["@you"] },
      ]),
    ).toEqual(["https://me.example.com", "https://registry.example.com"]);
  });

  it("is refused where that is another credential's, or cannot be used", async () => {
    const settings = ["registry=https://registry.example.com"];
    const named = { ...open, url: "https://registry.example.com" };
    const refused = { code: "E_PLAN_REGISTRY" };
    await expect(resolved(settings, [open, named])).rejects.toMatchObject(refused);
    await expect(resolved(["registry=http://registry.example.com"], [open])).rejects.toMatchObject(
      refused,
    );
  });

  it("asks nobody where each has its URL", async () => {
    const named = [{ ...open, url: "https://registry.example.com" }];
    expect(await withRegistries({ env: {} }, named)).toBe(named);
  });
});
