/** Left-overs and torn records, made as crashes make them. */
import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDoctorLab } from "../../../tests/support/doctor.ts";
import type { DoctorLab } from "../../../tests/support/doctor.ts";
import { readProcess } from "../../host/process.ts";
import { openRecord } from "../../record/record.ts";
import { leftovers } from "./leftovers.ts";
import { records } from "./records.ts";

const runHome = (lab: DoctorLab): string => join(lab.dir, "run/claude-bottle");
const anHourAgo = (): number => Date.now() / 1000 - 3600;

/** The folder of a bottle's sockets, made an hour ago by the process with that pid and start. */
function sockets(lab: DoctorLab, id: string, owner?: string): void {
  const dir = join(runHome(lab), id);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (owner !== undefined) writeFileSync(join(dir, "owner"), `${owner}\n`);
  utimesSync(dir, anHourAgo(), anHourAgo());
}

test("the folder of a living bottle, and one that was just made, are no left-overs", async () => {
  using lab = openDoctorLab();
  sockets(lab, "agent-00001", `${process.pid} ${readProcess(process.pid)?.started ?? 0}`);
  mkdirSync(join(runHome(lab), "agent-00002"));
  expect((await leftovers(lab.host)).detail).not.toMatch(/agent-0000/);
});

test("what dead supervisors left is told, with the command that removes just that", async () => {
  using lab = openDoctorLab();
  sockets(lab, "agent-00003", `${process.pid} 1`);
  sockets(lab, "agent-00004");
  const found = await leftovers(lab.host);
  expect(found).toMatchObject({
    name: "left-over",
    state: "bad",
    remedy: "Run: bottle cleanup",
  });
  expect(found.detail).toMatch(/agent-00003: folder for sockets; agent-00004: folder for sockets/);
});

async function record(lab: DoctorLab, id: string, audit: string): Promise<string> {
  const opened = await openRecord({ stateHome: join(lab.home, ".local/state"), id });
  await opened.write("plan", {});
  writeFileSync(opened.paths.audit, audit);
  return opened.dir;
}

test("whole records are counted", async () => {
  using lab = openDoctorLab();
  expect(await records(lab.host)).toMatchObject([{ detail: "0 records, all whole" }]);
  await record(lab, "agent-00001", '{"at":1}\n');
  mkdirSync(join(lab.home, ".local/state/claude-bottle/not an id"));
  expect(await records(lab.host)).toMatchObject([{ state: "good", detail: "1 record, all whole" }]);
});

test("torn ones are named, with what to do", async () => {
  using lab = openDoctorLab();
  const dir = await record(lab, "agent-00001", "");
  writeFileSync(join(dir, "state.json"), '{"version":1,');
  writeFileSync(join(await record(lab, "agent-00002", ""), "proof.json"), "torn");
  await record(lab, "agent-00003", '{"at":1}\n{"at":2');
  const newer = await record(lab, "agent-00004", "");
  writeFileSync(join(newer, "state.json"), '{"version":99}');
  const text = (pattern: RegExp): string => expect.stringMatching(pattern) as string;
  expect(await records(lab.host)).toMatchObject([
    { state: "bad", detail: text(/^agent-00001: The file .*state\.json of a record/) },
    { state: "bad", detail: text(/^agent-00002: The file .*proof\.json.* It is not JSON\.$/) },
    {
      state: "bad",
      detail: "agent-00003: the last line of its audit log is torn",
      remedy: "Run: bottle audit agent-00003 --verify",
    },
    { state: "bad", detail: text(/newer claude-bottle/), remedy: text(/^Use that/) },
  ]);
});

test("a living bottle may be in the middle of a line", async () => {
  using lab = openDoctorLab();
  await record(lab, "agent-00001", '{"at":1');
  mkdirSync(join(runHome(lab), "agent-00001"), { recursive: true });
  expect(await records(lab.host)).toMatchObject([{ state: "good" }]);
});

test("no link in a record leads anywhere else, and a device does not hold it up", async () => {
  using lab = openDoctorLab();
  const dir = await record(lab, "agent-00001", "");
  rmSync(join(dir, "audit.jsonl"));
  symlinkSync(lab.put("torn", "no newline"), join(dir, "audit.jsonl"));
  expect(await records(lab.host)).toMatchObject([{ state: "good" }]);
  symlinkSync("/dev/zero", join(dir, "state.json"));
  expect(await records(lab.host)).toMatchObject([{ state: "bad" }]);
});

test("very many are cut", async () => {
  using lab = openDoctorLab();
  for (let index = 0; index < 510; index += 1)
    mkdirSync(
      join(lab.home, `.local/state/claude-bottle/agent-${String(index).padStart(5, "0")}`),
      {
        recursive: true,
      },
    );
  const found = await records(lab.host);
  expect(found).toHaveLength(6);
  expect(found.at(-1)).toMatchObject({ detail: "and 495 more" });
});
