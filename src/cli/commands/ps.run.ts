/** What `bottle ps` does: one line a bottle, once or again and again. */
import { setTimeout as sleep } from "node:timers/promises";
import { listBottles } from "../../compose/bottles.ts";
import type { BottleInfo } from "../../compose/bottles.ts";
import { lives } from "../../compose/living.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import type { PsFlags } from "./ps.ts";

/** Milliseconds between two looks. */
const pace = 1_000;

export async function ps(this: CliContext, flags: PsFlags): Promise<void> {
  await answer(this, flags.format, async () => {
    const { stdout, stderr } = this.process;
    for (;;) {
      const all = await listBottles(this);
      const shown = flags.all ? all : all.filter(lives);
      const text =
        flags.format === "json" ? `${JSON.stringify(shown)}\n` : renderBottles(shown, Date.now());
      // Screen home, and what is below gone: nothing flickers.
      for (const { id, problems } of shown)
        for (const problem of problems) stderr.write(`bottle: ${id}: ${escapeText(problem)}\n`);
      if (flags.watch && stdout.isTTY) stdout.write(`\x1b[H\x1b[2J${text}`);
      else stdout.write(text);
      if (!flags.watch || !stdout.writable) return exitCodes.ok;
      await sleep(pace);
    }
  });
}

const head = [
  "ID",
  "STATE",
  "AGE",
  "BOTTLE",
  "RUNG",
  "PLACE",
  "REQUESTS",
  "REFUSED",
  "CHANGED",
  "PORTS",
  "WORKSPACE",
];

export function renderBottles(bottles: readonly BottleInfo[], now: number): string {
  if (bottles.length === 0)
    return "No bottles. `bottle start` makes one; `bottle ps --all` lists those that ended.\n";
  const rows = [head, ...bottles.map((bottle) => row(bottle, now))];
  const widths = head.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  return rows
    .map(
      (cells) =>
        `${cells
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function row(bottle: BottleInfo, now: number): readonly string[] {
  const { id, startedAt, rung, place, requests, refusals, changed, workspace } = bottle;
  const some = (count: number | null): string => (count === null ? "-" : String(count));
  return [
    id,
    stateWords(bottle, now),
    startedAt === null ? "-" : duration(now - startedAt),
    bottle.bottle,
    rung,
    place,
    some(requests),
    some(refusals),
    some(changed),
    portWords(bottle),
    workspace,
  ].map((cell) => escapeText(cell));
}

/** As the manifest has them: this machine's port first. */
function portWords({ ports }: BottleInfo): string {
  const words = ports.map(({ host, inside }) =>
    host === inside ? String(host) : `${host}:${inside}`,
  );
  return words.length === 0 ? "-" : words.join(",");
}

function stateWords(
  { state, code, signal, error, attached, cutSince, cutOff, engine }: BottleInfo,
  now: number,
): string {
  if (cutSince !== null) return `${state}, cut off for ${duration(now - cutSince)}`;
  if (state === "exited") return `exited ${code ?? signal ?? ""}`.trimEnd();
  if (state === "failed" || state === "unreadable") return `${state} ${error ?? ""}`.trimEnd();
  if (state !== "running") return state;
  return [
    state,
    ...(attached > 0 ? ["attached"] : []),
    ...(cutOff ? ["cut off"] : []),
    ...(engine === "gone" ? ["engine gone"] : []),
  ].join(", ");
}

/** The largest unit is enough. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
