import { expect, test } from "vitest";
import { openDoctorLab } from "../../../tests/support/doctor.ts";
import type { DoctorLab } from "../../../tests/support/doctor.ts";
import type { Check } from "../../lifecycle/backend.ts";
import { engines } from "./engines.ts";
import { manifest } from "./manifest.ts";

async function say(lab: DoctorLab, engine: unknown): Promise<readonly Check[]> {
  lab.put("root/usr/bin/bwrap", "", 0o755);
  const text = JSON.stringify({
    version: 1,
    bottles: { dev: engine === undefined ? {} : { engine } },
    agents: { a: { bottle: "dev" } },
  });
  const file = lab.put("bottles.json", text);
  const loaded = await manifest(lab.host, file);
  return engines(lab.host, loaded.manifest);
}

test("nothing is said where no bottle has an engine", async () => {
  using lab = openDoctorLab();
  expect(await say(lab, undefined)).toEqual([]);
});

test("one that is missing is bad, with the command that brings it", async () => {
  using lab = openDoctorLab();
  expect(await say(lab, "pipelock")).toEqual([
    {
      name: "engine",
      state: "bad",
      detail:
        "bottle dev does not start without pipelock: It is neither in claude-bottle's cache nor on your PATH.",
      remedy: expect.stringMatching(
        /GOBIN=\S+\/engines\/7a3b7de4a555 go install \S+@7a3b7de4a555/,
      ) as string,
    },
  ]);
});

test("one that the manifest names and nobody knows is told", async () => {
  using lab = openDoctorLab();
  const program = lab.put("mine", "#!/bin/sh\n", 0o755);
  expect(await say(lab, { name: "pipelock", program })).toMatchObject([
    { state: "open", detail: expect.stringContaining(program) as string },
  ]);
});
