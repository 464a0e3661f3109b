import { describe, expect, it } from "vitest";
import { openScreen } from "./screen.ts";
import type { Screen } from "./screen.ts";

const size = { columns: 40, rows: 6 };

async function screenWith(text: string): Promise<Screen> {
  const screen = await openScreen(size);
  await screen.write(Buffer.from(text, "utf8"));
  return screen;
}

/** What a terminal shows that gets the replay of another. */
async function replayed(screen: Screen): Promise<Screen> {
  const late = await openScreen(size);
  await late.write(screen.replay());
  return late;
}

describe("the replay of a screen", () => {
  it("brings text, position and what scrolled away to a terminal that comes late", async () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`).join("\r\n");
    const late = await replayed(await screenWith(`${lines}\x1b[2;3Hhere`));
    expect(late.text()).toEqual(["line 14", "lihere5", "line 16", "line 17", "line 18", "line 19"]);
    expect(late.replay().toString()).toContain("line 3");
  });

  it("brings the alternate screen of a full-screen program", async () => {
    const late = await replayed(await screenWith("before\x1b[?1049h\x1b[H\x1b[31mfull screen"));
    expect(late.text()[0]).toBe("full screen");
    await late.write(Buffer.from("\x1b[?1049l"));
    expect(late.text()[0]).toBe("before");
  });

  it.each([
    ["an invisible cursor", "\x1b[?25l", "\x1b[?25l"],
    ["a visible cursor", "\x1b[?25l\x1b[?25h", "\x1b[?25h"],
    ["mouse reports of the newer kind", "\x1b[?1000h\x1b[?1006h", "\x1b[?1006h"],
    ["bracketed paste", "\x1b[?2004h", "\x1b[?2004h"],
    ["cursor keys of applications", "\x1b[?1h", "\x1b[?1h"],
  ])("sets %s", async (_what, written, expected) => {
    expect((await screenWith(written)).replay().toString()).toContain(expected);
  });

  it("keeps wide characters and colours", async () => {
    const late = await replayed(await screenWith("\x1b[38;5;200m漢字 ✓\x1b[0m"));
    expect(late.text()[0]).toBe("漢字 ✓");
    expect(late.replay().toString()).toContain("38;5;200");
  });

  it("has a bound, whatever an agent has written", async () => {
    const screen = await openScreen({ columns: 1000, rows: 50 });
    const wild = Array.from({ length: 1100 }, (_, line) =>
      Array.from({ length: 200 }, (_no, cell) => `\x1b[38;5;${(line + cell) % 256}mx`).join(""),
    ).join("\r\n");
    await screen.write(Buffer.from(wild));
    expect(screen.replay().length).toBeLessThan(400 * 1024);
  });

  it("takes every size", async () => {
    const screen = await screenWith("text");
    for (const [columns, rows] of [
      [1, 1],
      [0, 0],
      [100_000, 3],
      [Number.NaN, 5],
      [40, 6],
    ] as const)
      screen.resize(columns, rows);
    await screen.write(Buffer.from("\x1b[2J\x1b[Hafter"));
    expect(screen.text()[0]).toBe("after");
  });
});
