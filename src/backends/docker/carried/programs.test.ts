import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baseName } from "../../../../tests/support/docker/base.ts";
import { withDaemon } from "../../../../tests/support/docker/suite.ts";
import { carryPrograms, programLabel, unusedPrograms } from "./programs.ts";
import { removeVolume } from "./volumes.ts";

const daemon = withDaemon({ elsewhere: true });
const patient = 60_000;
const image = `${baseName.repository}:${baseName.tag}`;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "programs-test-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function volumes(): Promise<
  readonly { readonly Name: string; readonly CreatedAt: string }[]
> {
  const filters = JSON.stringify({ label: [programLabel] });
  const found = (await daemon().engine.call("GET", "/volumes", { query: { filters } })) as {
    readonly Volumes: readonly { readonly Name: string; readonly CreatedAt: string }[] | null;
  };
  return (found.Volumes ?? []).toSorted((one, other) => (one.Name < other.Name ? -1 : 1));
}

async function clear(): Promise<void> {
  for (const name of await unusedPrograms(daemon().engine))
    await removeVolume(daemon().engine, name);
}

function carry(source: string): Promise<readonly object[]> {
  return carryPrograms(daemon().engine, image, [
    { source, targets: [{ inside: "", target: "/opt/program" }] },
  ]);
}

describe("a program that bottles read", () => {
  it(
    "is sent once for its content, wherever it comes from and whoever made it when",
    async () => {
      await clear();
      const [one, other] = [join(dir, "one"), join(dir, "other")];
      for (const path of [one, other])
        writeFileSync(path, "#!/bin/sh\necho run\n", { mode: 0o700 });
      const mounts = await carry(one);
      const made = await volumes();
      expect(made).toHaveLength(2);
      expect(await carry(one)).toEqual(mounts);
      expect(await carry(other)).toEqual(mounts);
      expect(await volumes()).toEqual(made);
      writeFileSync(other, "#!/bin/sh\necho else\n");
      expect(await carry(other)).not.toEqual(mounts);
      chmodSync(one, 0o600);
      expect(await carry(one)).not.toEqual(mounts);
    },
    patient,
  );

  it(
    "is there inside for everyone to run and nobody to write, and stays as long as it is used",
    async () => {
      await clear();
      const folder = join(dir, "folder");
      mkdirSync(folder, { mode: 0o700 });
      writeFileSync(join(folder, "run"), "#!/bin/sh\necho ran\n", { mode: 0o700 });
      const { engine } = daemon();
      const json = {
        Image: image,
        Entrypoint: ["sh", "-c", "/opt/program/run; touch /opt/program/new; exec sleep 60"],
        User: "12345:12345",
        HostConfig: { NetworkMode: "none", Mounts: await carry(folder) },
      };
      const { Id } = (await engine.call("POST", "/containers/create", { json })) as { Id: string };
      await engine.call("POST", `/containers/${Id}/start`);
      try {
        const query = { stdout: "1", stderr: "1", follow: "1" };
        let told = "";
        const logs = await engine.stream("GET", `/containers/${Id}/logs`, { query });
        for await (const part of logs as AsyncIterable<Buffer>) {
          told += part.toString("latin1");
          if (told.includes("Read-only")) break;
        }
        expect(told).toContain("ran");
        await engine.call("POST", "/volumes/prune", {});
        const [used] = await volumes();
        expect(await unusedPrograms(engine)).not.toContain(used?.Name);
        expect(used).toBeDefined();
      } finally {
        await engine.call("DELETE", `/containers/${Id}`, { query: { force: "1" } });
      }
      await clear();
      expect(await volumes()).toEqual([]);
    },
    patient,
  );

  it(
    "whose sending was cut off is sent again",
    async () => {
      await clear();
      const file = join(dir, "large");
      writeFileSync(file, "whole");
      await carry(file);
      const whole = (await volumes()).find(({ Name }) => Name.endsWith("-whole"));
      await removeVolume(daemon().engine, whole?.Name ?? "");
      await carry(file);
      expect((await volumes()).map(({ Name }) => Name)).toContain(whole?.Name);
      await clear();
    },
    patient,
  );
});
