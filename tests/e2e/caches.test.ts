/** Package caches of this host in a bottle that reaches no registry: what is in them is there, and nothing is written to them. */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { planBottle } from "../../src/compose/sdk/start.ts";
import { openTestHome, startTestBottle } from "../support/bottle.ts";
import type { TestHome } from "../support/bottle.ts";
import { lacksProgram, need } from "../support/require.ts";

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Every file below, with its content's hash: a cache before and after. */
function contentsOf(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${path} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
    })
    .toSorted();
}

/** Serves files by path; a registry of a test's own, on loopback. */
async function serve(
  files: Readonly<Record<string, { readonly type: string; readonly body: Buffer | string }>>,
): Promise<{ readonly url: string; readonly seen: string[]; stop(): Promise<void> }> {
  const seen: string[] = [];
  const server: Server = createServer((request, response) => {
    seen.push(request.url ?? "");
    const found = files[request.url ?? ""];
    if (found === undefined) response.writeHead(404).end();
    else
      response
        .writeHead(200, { "content-type": found.type, "cache-control": "max-age=3600" })
        .end(found.body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/** Files in a tar archive (ustar), compressed: name and content by turns. */
function tarball(...parts: readonly string[]): Buffer {
  const entries = parts.flatMap((name, at) =>
    at % 2 === 0 ? [tarEntry(name, parts[at + 1] ?? "")] : [],
  );
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]));
}

function tarEntry(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        0", 148);
  header.write("ustar", 257);
  header.write("00", 263);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}

async function inBottle(
  home: TestHome,
  caches: readonly string[],
  script: string,
  more: object = {},
): Promise<string> {
  await using started = await startTestBottle({ home, bottle: { caches, ...more } });
  await started.bottle.started;
  const { code, stdout, stderr } = await started.bottle.exec(["/bin/sh", "-c", script]);
  return `${stdout}${code === 0 ? "" : `\ncode ${code}: ${stderr}`}`;
}

describe("a cache of this host", () => {
  test("Go builds with a module that only the cache has", async (context) => {
    need(context, existsSync("/usr/local/go/bin/go") ? undefined : "no Go in /usr/local");
    await using home = await openTestHome();
    const proxy = join(home.dir, "proxy/example.org/hello/@v");
    put(join(proxy, "list"), "v1.0.0\n");
    put(join(proxy, "v1.0.0.info"), '{"Version":"v1.0.0","Time":"2024-01-01T00:00:00Z"}');
    put(join(proxy, "v1.0.0.mod"), "module example.org/hello\n");
    put(join(home.dir, "zip/example.org/hello@v1.0.0/go.mod"), "module example.org/hello\n");
    put(
      join(home.dir, "zip/example.org/hello@v1.0.0/hello.go"),
      'package hello\n\nfunc Word() string { return "from the cache" }\n',
    );
    execFileSync(
      "python3",
      [
        "-c",
        "import os,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1],'w')\nfor n in ('go.mod','hello.go'): z.write('example.org/hello@v1.0.0/'+n)\nz.close()",
        join(proxy, "v1.0.0.zip"),
      ],
      { cwd: join(home.dir, "zip") },
    );
    put(
      join(home.workspace, "go.mod"),
      "module example.org/main\n\ngo 1.20\n\nrequire example.org/hello v1.0.0\n",
    );
    put(
      join(home.workspace, "main.go"),
      'package main\n\nimport "example.org/hello"\n\nfunc main() { println(hello.Word()) }\n',
    );
    const env = { PATH: `/usr/local/go/bin:${process.env["PATH"]}`, HOME: home.home };
    await run("go", ["mod", "download", "all"], {
      cwd: home.workspace,
      env: {
        ...env,
        GOPROXY: `file://${join(home.dir, "proxy")}`,
        GOSUMDB: "off",
        GOFLAGS: "-mod=mod",
        GOTOOLCHAIN: "local",
      },
    });
    await run("go", ["mod", "tidy"], {
      cwd: home.workspace,
      env: { ...env, GOPROXY: "off", GOSUMDB: "off", GOTOOLCHAIN: "local" },
    });
    const cache = join(home.home, "go/pkg/mod/cache/download");
    const before = contentsOf(cache);
    const host = { ...home, host: { ...home.host, env: { ...home.host.env, ...env } } };
    const out = await inBottle(
      host,
      ["go"],
      "export GOTOOLCHAIN=local; /usr/local/go/bin/go run . 2>&1; echo $GOPROXY; touch /opt/claude-bottle/cache/go/x 2>&1",
    );
    expect(out).toMatch(/^from the cache\nfile:\/\/\/opt\/claude-bottle\/cache\/go,/m);
    expect(out).toMatch(/Read-only file system/);
    expect(contentsOf(cache)).toEqual(before);
  }, 120_000);

  test("npm installs offline, and adds to its own copy alone", async (context) => {
    need(context, lacksProgram("npm"));
    await using home = await openTestHome();
    const archive = tarball(
      "package/package.json",
      '{"name":"left","version":"1.0.0","main":"package.json"}',
    );
    const files: Record<string, { type: string; body: Buffer | string }> = {};
    const registry = await serve(files);
    const integrity = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
    const manifest = (name: string): object => ({
      name,
      version: "1.0.0",
      dist: { tarball: `${registry.url}/${name}/-/${name}-1.0.0.tgz`, integrity },
    });
    for (const name of ["left", "other"]) {
      files[`/${name}`] = {
        type: "application/json",
        body: JSON.stringify({
          name,
          "dist-tags": { latest: "1.0.0" },
          versions: { "1.0.0": manifest(name) },
        }),
      };
      files[`/${name}/-/${name}-1.0.0.tgz`] = { type: "application/octet-stream", body: archive };
    }
    const project = join(home.dir, "elsewhere");
    put(join(project, "package.json"), '{"name":"p","version":"1.0.0"}');
    await run("npm", ["install", "--no-audit", "--registry", registry.url, "left"], {
      cwd: project,
      env: { PATH: process.env["PATH"], HOME: home.home },
    });
    await registry.stop();
    const cache = join(home.home, ".npm/_cacache");
    const before = contentsOf(cache);
    put(join(home.workspace, "package.json"), '{"name":"w","version":"1.0.0"}');
    const out = await inBottle(
      home,
      ["npm"],
      `npm install --no-audit --offline --registry ${registry.url} left && ls node_modules && npm cache add ./package.json; npm cache add $PWD && echo added; find ~/.npm/_cacache/index-v5 -type f | wc -l`,
    );
    expect(out).toContain("\nleft\n");
    expect(out).toContain("added");
    expect(contentsOf(cache)).toEqual(before);
  }, 120_000);

  test("pip takes a file from it that its server no longer has to send", async (context) => {
    need(context, existsSync("/usr/bin/pip") ? undefined : "no pip in /usr/bin");
    await using home = await openTestHome();
    execFileSync("python3", [
      "-c",
      "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1],'w')\nz.writestr('cached_thing.py','word=\"from the cache\"\\n')\nd='cached_thing-1.0.dist-info/'\nz.writestr(d+'METADATA','Metadata-Version: 2.1\\nName: cached-thing\\nVersion: 1.0\\n')\nz.writestr(d+'WHEEL','Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\nz.writestr(d+'RECORD','')\nz.close()",
      join(home.dir, "wheel.whl"),
    ]);
    const wheel = readFileSync(join(home.dir, "wheel.whl"));
    const name = "cached_thing-1.0-py3-none-any.whl";
    const registry = await serve({
      [`/files/${name}`]: { type: "application/octet-stream", body: wheel },
    });
    // Index pages it always asks for again; files it does not.
    const install = (target: string): readonly string[] => [
      ...["install", "--disable-pip-version-check", "--no-index", "--trusted-host", "127.0.0.1"],
      ...["--target", target, `${registry.url}/files/${name}`],
    ];
    await run("/usr/bin/pip", install(join(home.dir, "t")), {
      env: { PATH: "/usr/bin:/bin", HOME: home.home },
    });
    await registry.stop();
    const cache = join(home.home, ".cache/pip");
    const env = { ...home.host.env, PIP_CACHE_DIR: cache };
    if (isRoot) execFileSync("chmod", ["-R", "o+rX", cache]);
    const before = contentsOf(cache);
    const out = await inBottle(
      { ...home, host: { ...home.host, env } },
      ["pip"],
      `env -u HTTP_PROXY -u http_proxy /usr/bin/pip ${install("/tmp/t").join(" ")} 2>&1 && cat /tmp/t/cached_thing.py`,
    );
    expect(out).toContain('word="from the cache"');
    expect(contentsOf(cache)).toEqual(before);
  }, 120_000);

  test("Cargo builds offline, in a toolchain that is mounted read-only", async (context) => {
    const toolchain = process.env["RUSTUP_HOME"] ?? join(homedir(), ".rustup");
    const bin = existsSync(toolchain)
      ? readdirSync(join(toolchain, "toolchains")).find((name) => name.startsWith("stable"))
      : undefined;
    need(context, bin === undefined ? "no stable Rust toolchain" : undefined);
    const source = join(toolchain, "toolchains", bin ?? "");
    await using home = await openTestHome();
    const crate = tarball(
      "hello-1.0.0/Cargo.toml",
      '[package]\nname = "hello"\nversion = "1.0.0"\nedition = "2021"\n[lib]\npath = "Cargo.toml.rs"\n',
      "hello-1.0.0/Cargo.toml.rs",
      `pub fn word() -> &'static str { "from the cache" }\n`,
    );
    const sum = createHash("sha256").update(crate).digest("hex");
    const files: Record<string, { type: string; body: Buffer | string }> = {
      "/he/ll/hello": {
        type: "text/plain",
        body: `${JSON.stringify({ name: "hello", vers: "1.0.0", deps: [], cksum: sum, features: {}, yanked: false })}\n`,
      },
      "/hello.crate": { type: "application/gzip", body: crate },
    };
    const registry = await serve(files);
    files["/config.json"] = {
      type: "application/json",
      body: JSON.stringify({ dl: `${registry.url}/{crate}.crate` }),
    };
    put(
      join(home.workspace, "Cargo.toml"),
      '[package]\nname = "main"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nhello = { version = "1", registry = "own" }\n',
    );
    put(join(home.workspace, "src/main.rs"), 'fn main() { println!("{}", hello::word()); }\n');
    const name = { CARGO_REGISTRIES_OWN_INDEX: `sparse+${registry.url}/` };
    await run(join(source, "bin/cargo"), ["fetch"], {
      cwd: home.workspace,
      env: { PATH: `${join(source, "bin")}:/usr/bin:/bin`, HOME: home.home, ...name },
    });
    await registry.stop();
    const cache = join(home.home, ".cargo/registry");
    put(join(home.home, ".cargo/credentials.toml"), "token = 'mine'\n");
    const before = contentsOf(cache);
    const out = await inBottle(
      home,
      ["cargo"],
      "export PATH=/rust/bin:$PATH; cargo run --offline --quiet 2>&1; ls ~/.cargo ~/.cargo/registry/cache/*",
      { env: name, mounts: [{ source, target: "/rust" }] },
    );
    expect(out).toMatch(/^from the cache\n/);
    expect(out).not.toContain("credentials");
    expect(contentsOf(cache)).toEqual(before);
  }, 120_000);

  test("Maven finds what only the cache has, with an old Maven and without the owner's settings", async (context) => {
    need(context, lacksProgram("java"));
    need(context, existsSync("/etc/maven/m2.conf") ? undefined : "no Maven of Debian's");
    await using home = await openTestHome();
    const repository = join(home.home, ".m2/repository");
    put(
      join(repository, "org/example/parent/1.0/parent-1.0.pom"),
      `<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>parent</artifactId><version>1.0</version><packaging>pom</packaging><name>from the cache</name></project>\n`,
    );
    put(
      join(home.home, ".m2/settings.xml"),
      "<settings><servers><server><password>mine</password></server></servers></settings>",
    );
    put(
      join(home.workspace, "pom.xml"),
      `<project><modelVersion>4.0.0</modelVersion><parent><groupId>org.example</groupId><artifactId>parent</artifactId><version>1.0</version><relativePath/></parent><artifactId>main</artifactId><packaging>pom</packaging></project>\n`,
    );
    const before = contentsOf(repository);
    // Debian's Maven has a file in /etc, which a bottle does not see. The phase runs no plugin; to read the project Maven must have its parent.
    const out = await inBottle(
      home,
      ["maven"],
      "java -classpath /usr/share/maven/boot/plexus-classworlds-2.x.jar -Dclassworlds.conf=/maven/m2.conf -Dmaven.home=/usr/share/maven -Dmaven.conf=/maven -Dmaven.multiModuleProjectDirectory=$PWD org.codehaus.plexus.classworlds.launcher.Launcher -B -q validate 2>&1 && echo resolved; find ~/.m2/repository -name 'parent-1.0.pom'; cat ~/.m2/settings.xml; echo $MAVEN_ARGS",
      { mounts: [{ source: "/etc/maven", target: "/maven" }] },
    );
    expect(out).toMatch(/resolved$/m);
    expect(out).not.toContain("mine");
    expect(out).toContain("-Dmaven.repo.local.tail=/opt/claude-bottle/cache/maven");
    expect(contentsOf(repository)).toEqual(before);
  }, 120_000);

  test("Gradle is pointed at the folders that its documents name, without their locks", async () => {
    await using home = await openTestHome();
    const modules = join(home.home, ".gradle/caches/modules-2");
    for (const path of [
      "modules-2.lock",
      "gc.properties",
      "files-2.1/g/a/1.0/hash/a.jar",
      "metadata-2.106/descriptors/x.bin",
      "metadata-2.106/metadata.lock",
    ])
      put(join(modules, path), "x");
    put(join(home.home, ".gradle/gradle.properties"), "password=mine\n");
    const out = await inBottle(
      home,
      ["gradle"],
      "cd $GRADLE_RO_DEP_CACHE && find . -type f | sort; touch modules-2/files-2.1/x 2>&1; ls -A ~",
    );
    expect(out).toMatch(/^\.\/modules-2\/files-2\.1\/g\/a\/1\.0\/hash\/a\.jar\n/);
    expect(out).toMatch(/Read-only file system/);
    expect(out).not.toMatch(/gc\.properties|modules-2\.lock|\.gradle$/m);
  });

  test("that is not there is said in the plan, and stops nothing", async () => {
    await using home = await openTestHome();
    const bottle = { caches: ["gradle", "cargo"] };
    await using started = await startTestBottle({ home, bottle });
    await started.bottle.started;
    const manifest = join(home.dir, "bottles.json");
    const plan = await planBottle({ manifest, workspace: home.workspace, prompt: "x" }, home.host);
    expect(plan.hints.join()).toContain("no cache of gradle, cargo here");
  });
});
