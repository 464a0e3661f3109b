/** `BOTTLE_SOAK=50 npx vitest run tests/e2e/gvisor-soak.test.ts`: so many runs of Claude Code on gVisor, one after the other. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withGvisor } from "../support/gvisor/suite.ts";
import { notApplicable } from "../support/require.ts";
import { endOf, openClaude } from "./support/claude.ts";

const runs = Number(process.env["BOTTLE_SOAK"] ?? 0);
/** Milliseconds for one; the whole test's bound. */
const perRun = 60_000;

withGvisor();

interface Run {
  readonly ok: boolean;
  readonly why: string;
  readonly seconds: number;
  readonly phases: Readonly<Record<string, number>>;
}

async function runOnce(): Promise<Run> {
  const answer = "the soak's answer";
  await using claude = await openClaude({
    turns: [
      { kind: "bash", command: "git --version && node -e 'console.log(6*7)' > made.txt" },
      { kind: "text", text: answer },
    ],
  });
  const begun = Date.now();
  const result = await claude.ask(["--rung", "gvisor"]);
  const seconds = (Date.now() - begun) / 1000;
  const records = join(claude.scene.stateHome, "claude-bottle");
  const [id = ""] = await readdir(records).catch(() => []);
  const timing = await readFile(join(records, id, "timing.json"), "utf8").catch(() => "{}");
  const { phases = {} } = JSON.parse(timing) as { readonly phases?: Run["phases"] };
  const made = await readFile(join(records, id, "workspace/made.txt"), "utf8").catch(() => "");
  const ok = result.code === 0 && made === "42\n" && endOf(result).result === answer;
  return { ok, why: ok ? "" : `${result.code}: ${result.stderr.slice(-500)}`, seconds, phases };
}

describe("Claude Code on gVisor, again and again", () => {
  it(
    "ends well each time",
    async (context) => {
      if (runs === 0) notApplicable(context, "asked for by BOTTLE_SOAK=<runs>");
      const all: Run[] = [];
      for (let run = 0; run < runs; run += 1) all.push(await runOnce());
      const sorted = all.map(({ seconds }) => seconds).toSorted((a, b) => a - b);
      const again = all.filter(({ phases }) => "started again" in phases).length;
      process.stderr.write(
        `${all.filter(({ ok }) => ok).length} of ${runs} ended well, ${again} after a second start; ` +
          `seconds: median ${sorted[Math.floor(runs / 2)]}, longest ${sorted.at(-1)}\n`,
      );
      expect(all.filter(({ ok }) => !ok).map(({ why }) => why)).toEqual([]);
    },
    perRun * Math.max(1, runs),
  );
});
