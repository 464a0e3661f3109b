import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownNode, runsInImage } from "./own-node.ts";
import type { NodeBuild } from "./own-node.ts";

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "own-node-"))));
afterAll(() => rmSync(folder, { recursive: true }));

/** As nodejs.org builds it; the program is real, and loaded as everything here is. */
function build(changes: Partial<NodeBuild> = {}): NodeBuild {
  const variables = {
    ...{ node_shared: false, node_shared_openssl: false, node_shared_libuv: false },
    node_release_urlbase: "https://nodejs.org/download/release/",
    node_use_node_snapshot: true,
  };
  return { program: "/bin/ls", variables, ...changes };
}

/** `/bin/ls` with another loader's name in it, as long as its own. */
function loadedBy(loader: string): string {
  const program = join(folder, "program");
  copyFileSync("/bin/ls", program);
  const bytes = readFileSync(program);
  const at = bytes.indexOf("/lib64/ld-linux-x86-64.so.2");
  bytes.write(loader, at);
  writeFileSync(program, bytes);
  return program;
}

describe("a Node of this machine runs the helper in the default image", () => {
  it("if it is a build of nodejs.org, which needs no newer glibc", () => {
    expect(runsInImage(build())).toBe(true);
  });

  it("not if somebody else built it, with whatever libraries he had", () => {
    for (const base of ["", "https://node.example/release/", undefined]) {
      const variables = { ...build().variables, node_release_urlbase: base };
      expect(runsInImage(build({ variables }))).toBe(false);
    }
  });

  it("not if it needs libraries that a distribution has for it", () => {
    const shared = { ...build().variables, node_shared_openssl: true };
    expect(runsInImage(build({ variables: shared }))).toBe(false);
    expect(runsInImage(build({ variables: { ...shared, node_shared_openssl: "yes" } }))).toBe(
      false,
    );
  });

  it("not if it has no snapshot, for then nothing is won", () => {
    expect(
      runsInImage(build({ variables: { ...build().variables, node_use_node_snapshot: false } })),
    ).toBe(false);
  });

  it("not if something loads it that is not in the image, or it is no program", () => {
    expect(runsInImage(build({ program: loadedBy("/nix64/ld-linux-x86-64.so.2") }))).toBe(false);
    for (const content of ["", "#!/bin/sh\n", "\x7fELF", "x".repeat(5000)]) {
      const program = join(folder, "odd");
      writeFileSync(program, content, "latin1");
      expect(runsInImage(build({ program })), JSON.stringify(content.slice(0, 9))).toBe(false);
    }
    expect(runsInImage(build({ program: join(folder, "nothing") }))).toBe(false);
  });

  it("and tells how the one was built that runs this", () => {
    expect(ownNode()).toMatchObject({ program: process.execPath });
    expect(ownNode().variables).toHaveProperty("node_shared");
  });
});
