import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gvisorRegistration, ownRuntimes } from "../../gvisor/runtime.ts";
import { kataRegistration } from "../../kata/registration.ts";
import { withRuntimes } from "./settings.ts";

const program = "/usr/local/bin/runsc";
const entries = gvisorRegistration(program).entries(program);
const [one = { name: "", flags: [] }] = ownRuntimes;

function added(text: string | undefined): unknown {
  const made = withRuntimes(text, entries);
  return "text" in made ? JSON.parse(made.text) : made.refused;
}

describe("the daemon's settings with our runtime", () => {
  it("are made where there are none, and keep the user's own runsc", () => {
    expect(added(undefined)).toEqual({ runtimes: entries });
    const own = { path: "/opt/runsc", runtimeArgs: ["--debug"] };
    const text = JSON.stringify({ "live-restore": true, runtimes: { runsc: own } });
    expect(added(text)).toEqual({
      "live-restore": true,
      runtimes: { runsc: own, ...entries },
    });
  });

  it("keep whatever was in them, in its order", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (before) => {
        const { runtimes: _, ...rest } = before;
        const text = JSON.stringify(rest, undefined, 3);
        const made = withRuntimes(text, entries);
        // Numbers that JSON knows in two forms are refused, and nothing else is.
        if (!("text" in made)) return expect(made.refused).toContain("would be lost");
        const { runtimes, ...kept } = JSON.parse(made.text) as Record<string, unknown>;
        expect(JSON.stringify(kept)).toBe(JSON.stringify(rest));
        expect(runtimes).toEqual(entries);
      }),
      { seed: 20_261_124 },
    );
  });

  it("get the one that is missing, and the other stays as it is", () => {
    const other = { path: "/x", runtimeArgs: ["--mine"] };
    const text = JSON.stringify({ runtimes: { [one.name]: other } });
    expect(added(text)).toEqual({ runtimes: { ...entries, [one.name]: other } });
  });

  it("get Kata's shim by its path, with what it is started with", () => {
    const shim = "/opt/kata/bin/containerd-shim-kata-v2";
    const { entries: ofKata } = kataRegistration({ shim, config: "/opt/kata/c.toml" });
    const made = withRuntimes('{"debug": true}', ofKata(shim));
    expect("text" in made && (JSON.parse(made.text) as unknown)).toEqual({
      debug: true,
      runtimes: { kata: { runtimeType: shim, options: { ConfigPath: "/opt/kata/c.toml" } } },
    });
  });

  it.each([
    ["{", "it is no JSON"],
    ["{'debug': true}", "it is no JSON"],
    ['{"debug": true} // mine', "it is no JSON"],
    ["[]", "it is no object"],
    ["null", "it is no object"],
    ['"x"', "it is no object"],
    ['{"debug": true, "debug": false}', "would be lost"],
    ['{"mtu": 12345678901234567890}', "would be lost"],
    ['{"mtu": 1.50e3}', "would be lost"],
    ['{"bip": "\\u0031"}', "would be lost"],
    ['{"runtimes": []}', "its runtimes are no object"],
    ['{"runtimes": null}', "its runtimes are no object"],
    [JSON.stringify({ runtimes: entries }), "already"],
  ])("are left alone where they are %s", (text, why) => {
    expect(added(text)).toContain(why);
  });
});
