import { describe, expect, it } from "vitest";
import { BottleError } from "../errors/error.ts";
import { answer } from "./answer.ts";
import type { CliContext } from "./context.ts";

/** As much of a process as an answer needs. */
function listen(): { context: CliContext; out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const process = {
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
    exitCode: undefined,
  };
  return { context: { process, env: {} } as unknown as CliContext, out, err };
}

const failure = new BottleError({ code: "E_PLAN_AGENT", what: "Which?", next: "Name one." });

describe("the answer of a command", () => {
  it("is the work's exit code", async () => {
    const { context, err } = listen();
    await answer(context, "json", () => Promise.resolve(7));
    expect(context.process.exitCode).toBe(7);
    expect(err).toEqual([]);
  });

  it("is for people an error on stderr, with stdout clean", async () => {
    const { context, out, err } = listen();
    await answer(context, "text", () => Promise.reject(failure));
    expect(err.join("")).toBe("error E_PLAN_AGENT: Which?\n  next: Name one.\n");
    expect(out).toEqual([]);
    expect(context.process.exitCode).toBe(2);
  });

  it("is for programs one object on stdout, also where the fault is ours", async () => {
    const { context, out } = listen();
    await answer(context, "json", () => Promise.reject(failure));
    await answer(context, "json", () => Promise.reject(new Error("odd")));
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([
      { errors: [{ code: "E_PLAN_AGENT", what: "Which?", next: "Name one." }] },
      { errors: [{ code: "E_INTERNAL", what: "odd" }] },
    ]);
    expect(context.process.exitCode).toBe(125);
  });
});
