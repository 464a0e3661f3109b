import { chmodSync, existsSync, lstatSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useCloneLab } from "../../../tests/support/clone-lab.ts";

const lab = useCloneLab();
const token = ["ghp", "0123456789abcdef0123456789abcdef0123"].join("_");

/** The lab's folder without its repository. */
function plainFolder(): void {
  rmSync(join(lab.repo, ".git"), { recursive: true });
}

describe("files that look like secrets", () => {
  const secrets = [
    ".env",
    ".env.production",
    "deploy/.env.local",
    ".envrc",
    "prod.env",
    "server.pem",
    "tls/private.KEY",
    "store.p12",
    "id_rsa",
    ".ssh/id_ed25519",
    "id_ecdsa_sk",
    "id_rsa.bak",
    "credentials.json",
    ".aws/credentials",
    "infra/terraform.tfstate",
    "infra/terraform.tfstate.backup",
    "kubeconfig",
    "dev.kubeconfig",
    ".kube/config",
    ".docker/config.json",
    "home/.config/gh/hosts.yml",
    ".git-credentials",
    "client_secret_123.json",
    "service-account.json",
    ".pgpass",
  ];
  const plain = [
    ".env.example",
    ".env.sample",
    ".env.local.template",
    ".env.dist",
    "example.env",
    "id_rsa.pub",
    "key.ts",
    "environment.ts",
    "credentials.ts",
    "config.json",
    "aws/credentials.md",
    "pem.txt",
    "kubeconfig.ts.md",
  ];

  it("are empty inside, with their permissions, and named; examples are as they are", async () => {
    plainFolder();
    for (const path of [...secrets, ...plain]) lab.write(path, `hunter2 in ${path}\n`);
    chmodSync(join(lab.repo, ".env"), 0o600);
    const facts = await lab.clone();
    expect(facts.masked.toSorted()).toEqual(secrets.toSorted());
    for (const path of secrets) expect(lab.read(path)).toBe("");
    for (const path of plain) expect(lab.read(path)).toBe(`hunter2 in ${path}\n`);
    expect(lstatSync(join(lab.copy, ".env")).mode & 0o7777).toBe(0o600);
    expect(lab.read("deploy/.env.local")).toBe("");
  });

  it("are found by a token in their text, and by a password in configuration that is needed without", async () => {
    plainFolder();
    lab.write("notes.txt", `remember ${token}\n`);
    lab.write("key", "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n");
    lab.write("binary", `\0${token}`);
    lab.write("large.txt", `${"x".repeat(300_000)} ${token}`);
    lab.write("a/.npmrc", "//npm.example.org/:_authToken=abcdef\n");
    lab.write(
      "b/.npmrc",
      "registry=https://npm.example.org/\n//npm.example.org/:_authToken=${NPM_TOKEN}\n",
    );
    lab.write("a/.pypirc", "[pypi]\nusername = me\npassword = abcdef\n");
    lab.write("b/.pypirc", "[distutils]\nindex-servers = pypi\n");
    lab.write("a/.netrc", "machine git.example.org login me password abcdef\n");
    lab.write("empty/.env", "");
    const { masked } = await lab.clone();
    expect(masked.toSorted()).toEqual(["a/.netrc", "a/.npmrc", "a/.pypirc", "key", "notes.txt"]);
    expect(lab.read("b/.npmrc")).toContain("NPM_TOKEN");
    expect(lab.read("notes.txt")).toBe("");
  });

  it("come along as they are if the owner names them, ignored ones too", async () => {
    lab.write(".gitignore", ".env\nsecrets/\n");
    lab.commit("first");
    lab.write(".env", "A=1\n");
    lab.write("sub/.env", "B=1\n");
    lab.write("secrets/a.key", "key\n");
    lab.write("secrets/b.key", "key\n");
    lab.write("token.txt", token);
    const facts = await lab.clone({ reveal: [".env", "secrets/a.*", "token.txt"] });
    expect(facts).toMatchObject({ masked: [], ignoredLeft: 2 });
    expect(lab.read(".env")).toBe("A=1\n");
    expect(lab.read("secrets/a.key")).toBe("key\n");
    expect(lab.read("token.txt")).toBe(token);
    expect(existsSync(join(lab.copy, "secrets/b.key"))).toBe(false);
    expect((await lab.clone({ ignored: "all" })).masked.toSorted()).toEqual([
      ".env",
      "secrets/a.key",
      "secrets/b.key",
      "sub/.env",
      "token.txt",
    ]);
  });

  it("are told of as in the history if they are tracked, and git inside takes them for unchanged", async () => {
    lab.write(".env", "PASSWORD=hunter2\n");
    lab.write("a.txt", "a\n");
    lab.commit("first");
    const facts = await lab.clone();
    expect(facts).toMatchObject({ masked: [".env"], maskedInHistory: [".env"] });
    expect(lab.read(".env")).toBe("");
    expect(lab.git(lab.copy, "status", "--porcelain")).toBe("");
    writeFileSync(join(lab.copy, "a.txt"), "changed\n");
    lab.git(lab.copy, "add", "-A");
    lab.git(lab.copy, "commit", "-qam", "inside");
    expect(lab.git(lab.copy, "show", "HEAD:.env")).toBe("PASSWORD=hunter2");
  });

  it("stay whole where the history holds the token as well, and are named; a new token is masked", async () => {
    lab.write("fixture.ts", `const fake = "${token}";\n`);
    lab.write("code.ts", "export {};\n");
    lab.commit("first");
    lab.write("code.ts", `const real = "${token}";\n`);
    lab.write("staged.ts", `const real = "${token}";\n`);
    lab.git(lab.repo, "add", "staged.ts");
    const facts = await lab.clone();
    expect(facts.exposed).toEqual(["fixture.ts", "staged.ts"]);
    expect(facts.masked).toEqual(["code.ts"]);
    expect(lab.read("fixture.ts")).toContain(token);
    expect(lab.read("code.ts")).toBe("");
    expect(lab.git(lab.copy, "show", ":code.ts")).toBe("export {};");
  });

  it("are refused in numbers that nobody could look through", async () => {
    plainFolder();
    for (let count = 0; count <= 2000; count += 1) lab.write(`k${count}.pem`, "x");
    expect(await lab.refusal()).toMatch(/^E_WORKSPACE_SECRETS/);
    expect(existsSync(join(lab.copy, "k1.pem"))).toBe(false);
    expect(existsSync(join(lab.base, "record/base.jsonl"))).toBe(false);
  });

  it("do not make the rules of what to ignore disappear", async () => {
    lab.write(".gitignore", `# ${token}\nhidden.txt\n`);
    lab.write("hidden.txt", "hidden\n");
    expect(await lab.clone()).toMatchObject({ masked: [], ignoredLeft: 1 });
    expect(existsSync(join(lab.copy, "hidden.txt"))).toBe(false);
  });
});
