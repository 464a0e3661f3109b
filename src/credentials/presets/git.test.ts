import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { Fields } from "../../gateway/http/fields.ts";
import type { GiteaCredential } from "../../manifest/manifest.ts";
import { compileCredential, insideOf } from "../compile.ts";

const gitea = (url: string): GiteaCredential => ({
  kind: "gitea",
  secret: { text: "env:X", source: { kind: "env", variable: "X" } },
  url,
  repos: ["me/app"],
  can: ["read"],
  maxPush: 1024,
  lfs: "none",
});
const urls = ["https://git.example.com", "https://git.example.org:8443/forge"] as const;
const seeds = urls.map((url, index) => insideOf(gitea(url), `placeholder-${index}`).seeds);

/** As the bottle's files are joined. */
function joined(path: string): string {
  const parts = seeds.flatMap((some) => some.filter((seed) => seed.path === path));
  return (parts[0]?.head ?? "") + parts.map(({ content }) => content).join("");
}

it("gives tea a login for each Gitea, with its placeholder", () => {
  expect(parse(joined(".config/tea/config.yml"))).toMatchObject({
    logins: [
      { name: "git.example.com", url: urls[0], token: "placeholder-0", insecure: false },
      { name: "git.example.org:8443", url: urls[1], token: "placeholder-1", insecure: false },
    ],
  });
});

it("gives git each placeholder for its own URL alone, and leads ssh remotes there", () => {
  const folder = mkdtempSync(join(tmpdir(), "inside-"));
  try {
    const file = join(folder, "config");
    writeFileSync(file, joined(".config/git/config"));
    const git = (...args: readonly string[]): string =>
      execFileSync("git", ["config", "-f", file, ...args], { encoding: "utf8" }).trim();
    const header = (url: string): string =>
      Buffer.from(
        git("--get-urlmatch", "http.extraHeader", url).split(" ").at(-1) ?? "",
        "base64",
      ).toString();
    expect(header("https://git.example.com/me/app.git")).toBe("git:placeholder-0");
    expect(header("https://git.example.org:8443/forge/me/app")).toBe("git:placeholder-1");
    for (const url of [
      "https://git.example.com.evil.example/me/app",
      "https://git.example.org/forge/x",
    ])
      expect(() => git("--get-urlmatch", "http.extraHeader", url)).toThrow();
    expect(git("--get-all", `url.${urls[0]}/.insteadOf`).split("\n")).toEqual([
      "git@git.example.com:",
      "ssh://git@git.example.com/",
      "ssh://git@git.example.com:22/",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("takes nobody's word for who asks, on the paths of git either", () => {
  const [credential] = compileCredential(gitea(urls[0]), "0123456789abcdef", "placeholder-0");
  const ask = (...names: readonly string[]): boolean | undefined => {
    const fields = new Fields();
    for (const name of names) fields.add(name, "eve");
    const query = "?service=git-upload-pack";
    const request = { method: "GET", path: "/me/app.git/info/refs", query, fields };
    return credential.judgeHead?.(request).ok;
  };
  expect(ask("User-Agent")).toBe(true);
  for (const name of ["X-WEBAUTH-USER", "X_WEBAUTH_EMAIL", "Sudo", "Signature"])
    expect([name, ask(name)]).toEqual([name, false]);
});

it("sends the real token where the placeholder was, and by bearer where that is wanted", () => {
  const secret = "0123456789abcdef0123456789abcdef01234567";
  const [first] = compileCredential(gitea(urls[1]), secret, "placeholder-1");
  const basic = Buffer.from(`git:${secret}`).toString("base64");
  expect(first).toMatchObject({
    authorities: [{ scheme: "https", host: "git.example.org", port: 8443 }],
    set: [{ name: "authorization", value: `Basic ${basic}` }],
  });
  const [bearer] = compileCredential(
    { ...gitea(urls[0]), kind: "git", user: "x", auth: "bearer" },
    secret,
    "placeholder-1",
  );
  expect(bearer.set).toEqual([{ name: "authorization", value: `Bearer ${secret}` }]);
});
