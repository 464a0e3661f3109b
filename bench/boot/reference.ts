/** What a start is measured against: what the owner would do by hand, without a bottle. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findEndpoint } from "../../src/backends/docker/engine/endpoint.ts";
import { openEngine } from "../../src/backends/docker/engine/engine.ts";
import type { Engine } from "../../src/backends/docker/engine/engine.ts";
import { firstProcess } from "../../src/backends/docker/container-state.ts";
import { backendFor } from "../../src/compose/registry.ts";
import type { Host } from "../../src/compose/paths.ts";
import { backendEnvironment } from "../../src/compose/system.ts";
import { BottleError } from "../../src/errors/error.ts";
import type { RungName } from "../../src/manifest/manifest.ts";
import { finished } from "../finished.ts";
import { asRoot, makeBare, runBare } from "./bare.ts";
import type { BareRun } from "./bare.ts";
import type { Subject } from "./subject.ts";

export interface Reference {
  /** For people. */
  readonly how: string;
  run(bare: BareRun): Promise<void>;
  /** Host processes that make up the run that is on; everything below them belongs to it. */
  roots(): Promise<readonly number[]>;
}

/** Rungs that are measured against a container, by the runtime that it gets. */
const runtimes: Readonly<Partial<Record<RungName, string>>> = { runc: "runc" };

export async function referenceFor(host: Host, subject: Subject): Promise<Reference> {
  const runtime = runtimes[subject.rung];
  return runtime === undefined ? onHost() : inContainer(host, subject, runtime);
}

function onHost(): Reference {
  let running = 0;
  return {
    how: "the same agent bare on the host",
    run: (bare) => runBare(bare, (pid) => void (running = pid)),
    roots: () => Promise.resolve([running]),
  };
}

/** The Engine of this environment; undefined where none is named on this machine. */
export function engineOf(host: Pick<Host, "env">): Engine | undefined {
  const endpoint = findEndpoint(host.env);
  return "socket" in endpoint ? openEngine(endpoint.socket) : undefined;
}

/**
 * `docker run` with the host's network, by which the model is reached: no namespace, no bridge and no rule is made for it, so that
 * it is the fastest that Docker has. Root inside and no limits, as nobody says otherwise by hand.
 */
async function inContainer(host: Host, subject: Subject, runtime: string): Promise<Reference> {
  const docker = findDocker(host);
  const backend = await backendFor(subject, host);
  const image = await backend?.prepare?.({ kind: "default" }, () => undefined);
  const env = { PATH: host.env["PATH"], ...backendEnvironment(host.env) };
  const home = "/root";
  let name = "";
  let runs = 0;
  return {
    how: `docker run --rm -i --runtime ${runtime} --network host`,
    async run(bare) {
      const made = await makeBare(bare, home);
      name = `bottle-bench-${process.pid}-${(runs += 1)}`;
      const variables = { ...made.env, ...asRoot };
      const mounts = made.recipe.mounts.map(({ source, target }) => `${source}:${target}:ro`);
      const argv = [
        ...["run", "--rm", "-i", "--name", name, "--runtime", runtime, "--network", "host"],
        ...[...mounts, `${made.home}:${home}`].flatMap((mount) => ["--volume", mount]),
        // Without a value: it is taken from the command's environment, and stands in no argument.
        ...Object.keys(variables).flatMap((variable) => ["--env", variable]),
        ...["--workdir", home, image ?? "", ...made.recipe.argv],
      ];
      await finished(docker, argv, { ...env, ...variables }, bare.folder);
    },
    async roots() {
      using engine = engineOf(host);
      const pid = engine === undefined ? 0 : await firstProcess(engine, name).catch(() => 0);
      return pid === 0 ? [] : [pid];
    },
  };
}

function findDocker({ env }: Host): string {
  const found = (env["PATH"] ?? "")
    .split(":")
    .map((folder) => join(folder, "docker"))
    .find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new BottleError({
    code: "E_USAGE",
    what: "A start is measured against `docker run`, and there is no docker command here.",
    next: "Install it (on Debian: docker.io), or measure the rung namespace.",
  });
}
