/** The gateway's program as a plain process, behind a wire that a test can cut. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";
import type { GatewayHost } from "../../../src/lifecycle/backend.ts";
import { ownAddress } from "./address.ts";
import { openCutWire } from "./cut-wire.ts";
import type { Cut, CutWire } from "./cut-wire.ts";

/** Bundles it as scripts/build.js does, into a directory that disposing removes. */
export async function bundleProgram(): Promise<AsyncDisposable & { readonly file: string }> {
  const dir = await mkdtemp(join(tmpdir(), "bottle-hosted-"));
  const file = join(dir, "gateway-host.js");
  const bundle = await rolldown({
    input: resolve(import.meta.dirname, "../../../src/compose/gateway-hosted/main.ts"),
    platform: "node",
    transform: { target: "node20.19" },
    logLevel: "silent",
  });
  await bundle.write({ file, format: "cjs", codeSplitting: false });
  await bundle.close();
  return { file, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

export interface StartedProgram extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly address: string;
  readonly wire: CutWire;
  readonly stderr: () => string;
  readonly ended: Promise<number | null>;
  /** As a backend hands it out; each connection is cut as the next of `cuts` says. */
  host(cuts?: readonly Cut[]): GatewayHost;
}

export function startProgram(
  file: string,
  ttl: number,
  address: string = ownAddress(),
): StartedProgram {
  const argv = [file, "--ttl", String(ttl), "--address", address];
  // A test that dies leaves none behind; core dumps are for the program itself to forbid.
  const around = ["--core=unlimited", "--", "setpriv", "--pdeathsig", "KILL"];
  const child = spawn("prlimit", [...around, process.execPath, ...argv], {
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  for (const stream of [child.stdin, child.stdout]) stream.on("error", () => undefined);
  const ended = new Promise<number | null>((done) => child.once("exit", done));
  const wire = openCutWire(child.stdin, child.stdout);
  return {
    ...{ child, address, wire, ended },
    stderr: () => said,
    host(cuts = []) {
      const left = [...cuts];
      return {
        connect: async () => wire.connect(left.shift()),
        exited: ended.then((code) => `It ended with ${code}.`),
        async [Symbol.asyncDispose]() {
          child.kill("SIGKILL");
          await ended;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
