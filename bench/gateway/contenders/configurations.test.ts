import { execFileSync } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { need } from "../../../tests/support/require.ts";
import { interceptAuthority } from "./authority.ts";
import { findProgram } from "./contender.ts";
import { nginxConf } from "./nginx.ts";
import { squidConf } from "./squid.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Where it is, for `need`. */
function lacks(name: string): string | undefined {
  return findProgram(name) === undefined ? `not installed: ${name}` : undefined;
}

it("nginx takes its configuration", async (context) => {
  need(context, lacks("nginx"));
  const file = join(folder, "nginx.conf");
  await writeFile(file, nginxConf({ folder, port: 4001, originPort: 4002 }));
  execFileSync(findProgram("nginx") ?? "", ["-t", "-q", "-p", folder, "-c", file]);
});

it.for([true, false])("squid takes its configuration, reading TLS: %s", async (reads, context) => {
  need(context, lacks("squid"));
  const program = findProgram("squid") ?? "";
  const { cert, key } = interceptAuthority(new Date());
  await writeFile(join(folder, "ca.pem"), `${cert}${key}`);
  await copyFile(join(folder, "ca.pem"), join(folder, "origin.pem"));
  await writeFile(join(folder, "hosts"), "127.0.0.1 localhost\n");
  const file = join(folder, "squid.conf");
  await writeFile(file, squidConf({ folder, port: 4001, reads }));
  const output = execFileSync(program, ["-k", "parse", "-f", file], {
    encoding: "utf8",
    stdio: "pipe",
  });
  expect(output).not.toMatch(/ERROR|FATAL/);
});
