import { describe, expect, it } from "vitest";
import { marksFor } from "../style.ts";
import { renderDiagnosis } from "./doctor.run.ts";

describe("what the doctor prints", () => {
  it("names rungs and limits apart, puts a remedy below its rung, and stays in ASCII if it must", () => {
    const text = renderDiagnosis(
      {
        version: 1,
        rungs: [
          { rung: "namespace", available: false, detail: "no bwrap", remedy: "Install it." },
          { rung: "runc", available: true, detail: "\u001b[31mruns", remedy: undefined },
        ],
        limits: [{ name: "disk", value: 1, enforced: false, how: "a folder" }],
      },
      marksFor({ LANG: "C" }),
    );
    expect(text.split("\n")).toEqual([
      "Rungs, weakest first:",
      "no namespace    no bwrap",
      "                Install it.",
      "ok runc         \\x1b[31mruns",
      "",
      "Limits on the namespace rung:",
      "-  disk         not enforced: a folder",
      "",
    ]);
  });
});
