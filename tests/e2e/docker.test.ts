import { mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withDaemon } from "../support/docker/suite.ts";
import { openScene } from "./support/cli.ts";
import { containersOf, imageRung, shellOn } from "./support/image-rung.ts";

const daemon = withDaemon();
const patient = { timeout: 30_000, interval: 100 };

const shell = shellOn("runc");
const containers = (): Promise<unknown> => containersOf(daemon());

async function defaultNames(): Promise<readonly string[]> {
  const query = { filters: JSON.stringify({ reference: ["claude-bottle/default"] }) };
  const found = await daemon().engine.call("GET", "/images/json", { query });
  return (found as readonly { readonly RepoTags: readonly string[] }[]).flatMap(
    ({ RepoTags }) => RepoTags,
  );
}

describe("the rung runc", () => {
  imageRung("runc", daemon);

  it("has a bottle ready before it is asked for", async () => {
    await using scene = await openScene(shell);
    const env = { XDG_RUNTIME_DIR: join(scene.folder, "run") };
    mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 });
    const prepared = await scene.run(["prepare", "--manifest", scene.manifest, "--headless"], env);
    expect(prepared.code).toBe(0);
    const [before] = (await containers()) as readonly { readonly Id: string }[];
    const run = scene.spawnStart(["--headless", "--yes", "--prompt", "exec sleep 300"], env);
    await expect
      .poll(async () => (await scene.record("state.json")).includes("running"), patient)
      .toBe(true);
    expect(await containers()).toMatchObject([{ Id: before?.Id }]);
    run.process.kill("SIGTERM");
    await run.ended;
    await expect.poll(containers, patient).toEqual([]);
  });

  it("makes a bottle of an image that the owner's Dockerfile builds, which sees no other file", async () => {
    await using scene = await openScene(
      shell.replace("rung: runc", "rung: runc, image: {build: ./Dockerfile}"),
    );
    await writeFile(join(scene.folder, "secret.txt"), "private");
    const build = ["FROM debian:trixie-slim", "RUN echo made > /made", ""].join("\n");
    await writeFile(join(scene.folder, "Dockerfile"), build);
    const start = ["--headless", "--yes", "--prompt", "cat /made; test -e /opt/claude-bottle/node"];
    const first = await scene.start(start);
    expect(first).toMatchObject({ code: 0, stdout: "made\n" });
    expect(first.stderr).toContain("building");
    expect((await scene.start(start)).stderr).not.toContain("building");
    await writeFile(join(scene.folder, "Dockerfile"), `${build}COPY secret.txt /\n`);
    const copied = await scene.start(start);
    expect(copied).toMatchObject({ code: 125 });
    expect(copied.stderr).toContain("E_IMAGE_BUILD");
  });

  it("builds the default image with this machine's proxy and certificates, which are not in it", async () => {
    await using scene = await openScene(shell);
    const ca = "planted-certificate-7Rw2";
    const proxy = "planted-proxy-9Kz4";
    await writeFile(join(scene.folder, "ca.pem"), ca);
    const { engine } = daemon();
    const names = await defaultNames();
    for (const name of names) await engine.call("DELETE", `/images/${encodeURIComponent(name)}`);
    const env = {
      NODE_EXTRA_CA_CERTS: join(scene.folder, "ca.pem"),
      HTTPS_PROXY: `http://me:${proxy}@127.0.0.1:9`,
    };
    const built = await scene.run(["image", "build"], env);
    expect(built.code).toBe(0);
    expect(built.stderr).toContain("RUN sh /claude-bottle/install.sh");
    const [name = ""] = await defaultNames();
    const path = `/images/${encodeURIComponent(name)}`;
    for (const of of ["json", "history"])
      expect(JSON.stringify(await engine.call("GET", `${path}/${of}`))).not.toContain("planted");
    let before = Buffer.alloc(0);
    for await (const part of await engine.stream("GET", `${path}/get`)) {
      const window = Buffer.concat([before, part as Buffer]);
      if (window.includes(ca) || window.includes(proxy)) throw new Error("it is in the image");
      before = window.subarray(-64);
    }
    // What the build was made in is gone as well.
    const filters = JSON.stringify({ label: ["claude-bottle.stage"], dangling: ["true"] });
    expect(await engine.call("GET", "/images/json", { query: { filters } })).toEqual([]);
  });

  it("lists and clears away the images that it built", async () => {
    await using scene = await openScene(shell);
    await writeFile(
      join(scene.folder, "own.yaml"),
      shell.replace("runc", "runc, image: {build: ./Old}"),
    );
    await writeFile(join(scene.folder, "Old"), "FROM debian:trixie-slim\nLABEL old=yes\n");
    const own = ["--manifest", join(scene.folder, "own.yaml")];
    expect((await scene.run(["image", "build", "dev", ...own])).code).toBe(0);
    const listed = await scene.run(["image", "list", "--manifest", scene.manifest]);
    expect(listed.stdout).toMatch(/^claude-bottle\/own:[0-9a-f]{16} .*, not in use$/m);
    expect(listed.stdout).toMatch(/^claude-bottle\/default:[0-9a-f]{16} .* the default image$/m);
    const pruned = await scene.run(["image", "prune", "--manifest", scene.manifest]);
    expect(pruned.stdout).toMatch(/^removed claude-bottle\/own:/m);
    const after = await scene.run(["image", "list", "--manifest", scene.manifest]);
    expect(after.stdout).not.toContain("claude-bottle/own:");
    expect(after.stdout).toContain("the default image");
  });

  it("refuses an image that declares volumes, and one that is not there", async () => {
    await using scene = await openScene(
      shell.replace("rung: runc", "rung: runc, image: {build: ./Dockerfile}"),
    );
    await writeFile(join(scene.folder, "Dockerfile"), "FROM debian:trixie-slim\nVOLUME /data\n");
    const refused = await scene.start(["--headless", "--yes", "--prompt", "true"]);
    expect(refused).toMatchObject({ code: 125 });
    expect(refused.stderr).toContain("declares volumes: /data");
    await writeFile(
      scene.manifest,
      shell.replace("runc", "runc, image: registry.invalid/no/such:1"),
    );
    const missing = await scene.start(["--headless", "--yes", "--prompt", "true"]);
    expect(missing).toMatchObject({ code: 125 });
    expect(missing.stderr).toContain("E_IMAGE");
  });
});
