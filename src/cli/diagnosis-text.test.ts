import { describe, expect, it } from "vitest";
import type { Diagnosis } from "../compose/doctor/diagnose.ts";
import { ansiStyle, plainStyle } from "../plan/style.ts";
import { renderDiagnosis } from "./diagnosis-text.ts";
import { marksFor } from "./style.ts";

const long = "printf 'a very long command that nobody should have to put together again' > /etc/x";

const found: Diagnosis = {
  version: 1,
  ok: false,
  rungs: [
    {
      rung: "namespace",
      built: true,
      available: false,
      detail: "no bwrap",
      remedy: "Run: dnf install bwrap",
    },
    { rung: "runc", built: false, available: false, detail: "not part of it", remedy: undefined },
  ],
  places: [
    { place: "local", built: true, available: true, detail: "this machine", remedy: undefined },
  ],
  limits: [{ name: "disk", value: 1, enforced: false, how: "a folder" }],
  groups: [
    {
      name: "manifest",
      checks: [
        { name: "manifest", state: "good", detail: "\u001b[31mhere" },
        {
          name: "token",
          state: "bad",
          detail: `${"words ".repeat(20)}end`,
          remedy: `Run: ${long}`,
        },
        { name: "a-name-that-is-far-too-long", state: "open", detail: "so", remedy: "Do it." },
      ],
    },
    { name: "nothing", checks: [] },
  ],
};

describe("what the doctor prints", () => {
  it("is grouped and aligned, has remedies below their lines, and stays in ASCII if it must", () => {
    expect(renderDiagnosis(found, marksFor({ LANG: "C" }), plainStyle).split("\n")).toEqual([
      "rungs, weakest first",
      "  no namespace          no bwrap",
      "      Run: dnf install bwrap",
      "  -  runc               not part of it",
      "",
      "places",
      "  ok local              this machine",
      "",
      "limits on the default rung",
      "  -  disk               not enforced: a folder",
      "",
      "manifest",
      "  ok manifest           \\x1b[31mhere",
      "  no token              words words words words words words words words words",
      "                        words words words words words words words words words",
      "                        words words end",
      "      Run:",
      `        ${long}`,
      "  -  a-name-that-is-far-too-long",
      "                        so",
      "      Do it.",
      "",
      "The default rung does not work here. 1 check is bad.",
      "",
    ]);
  });

  it("keeps to 80 columns but for commands, which are whole", () => {
    const lines = renderDiagnosis(found, marksFor({ LANG: "C.UTF-8" }), plainStyle).split("\n");
    const wide = lines.filter((line) => line.length > 80);
    expect(wide.map((line) => line.trim())).toEqual([long]);
  });

  it("has colour only where it is asked for", () => {
    const marks = marksFor({});
    expect(renderDiagnosis(found, marks, ansiStyle)).toContain("\u001b[");
    expect(renderDiagnosis(found, marks, plainStyle)).not.toContain("\u001b");
  });
});
