/** The engine of tests: the real pipelock where it can be had, and what stands in for it everywhere. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { commit, modulePath } from "../../../src/engines/pipelock/version.ts";
import { inside } from "../../../src/engines/pipelock/protocol.ts";
import { buildGo } from "../go.ts";

/** For `need`, and for tests that are the same for both. Built at the commit that this version is made for. */
export async function realPipelock(): Promise<
  { readonly program: string } | { readonly missing: string; readonly refused: boolean }
> {
  const named = process.env["BOTTLE_PIPELOCK"];
  if (named !== undefined && named !== "") return { program: named };
  const built = await buildGo({
    name: `pipelock-${commit.slice(0, 12)}`,
    from: { module: modulePath, version: commit },
    main: "cmd/pipelock",
  });
  return built.ok ? { program: built.program } : { missing: built.why, refused: built.refused };
}

export interface StandIn extends AsyncDisposable {
  readonly program: string;
}

export interface StandInOptions {
  /** Where names lead, `host:port` by `host:port`: a test has no name server. */
  readonly leads?: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  /** A function's text, called with what would be answered and the response: what it returns goes over that. */
  readonly trick?: string;
}

/** One that a sandbox can run: a script for the Node that is in it. */
export async function standIn({ leads, trick }: StandInOptions = {}): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), "engine-"));
  const program = join(folder, "pipelock");
  const before = `var leads = ${JSON.stringify(leads ?? null)}; var trick = ${trick ?? "null"};`;
  const bundle = await rolldown({
    input: join(import.meta.dirname, "stand-in/main.ts"),
    platform: "node",
    logLevel: "silent",
  });
  const banner = `#!${inside.node}\n${before}`;
  const { output } = await bundle.generate({ format: "cjs", banner });
  await bundle.close();
  await writeFile(program, output[0].code);
  // Whoever root makes it run as reaches it.
  await Promise.all([chmod(folder, 0o755), chmod(program, 0o755)]);
  return { program, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
