import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTerminalFilter } from "./filter.ts";

function filtered(input: string | Uint8Array): string {
  return createTerminalFilter()
    .push(typeof input === "string" ? Buffer.from(input, "utf8") : input)
    .toString("utf8");
}

const ESC = "\x1b";

describe("the terminal filter lets through", () => {
  it.each([
    ["text", "hello, wörld 漢字 🍾\r\n\tnext\b\x07"],
    ["colours", "\x1b[0m\x1b[1;38;2;255;100;0mx\x1b[38:2::1:2:3m\x1b[4:3m"],
    ["cursor movement", "\x1b[H\x1b[10;20H\x1b[3A\x1b[2K\x1b[J\x1b[5G\x1b7\x1b8\x1b[s\x1b[u\x1bM"],
    [
      "scroll regions and edits",
      "\x1b[2;20r\x1b[3S\x1b[2T\x1b[2L\x1b[M\x1b[4P\x1b[@\x1b[5X\x1b[3b",
    ],
    ["the alternate screen", "\x1b[?1049h\x1b[?1049l\x1b[?47h"],
    [
      "bracketed paste, mouse, focus and synchronised output",
      "\x1b[?2004h\x1b[?1000;1006h\x1b[?1004h\x1b[?2026h\x1b[?2026l",
    ],
    ["the cursor's look", "\x1b[?25l\x1b[?12;25h\x1b[6 q"],
    ["key protocols", "\x1b[>1u\x1b[<u\x1b[=5;1u\x1b[>4;2m\x1b=\x1b>\x1b[?1h"],
    ["line drawing", "\x1b(0lqk\x1b(B\x1b)0\x0e\x0f"],
    ["resets", "\x1bc\x1b[!p"],
    ["pushing and popping the title", "\x1b[22;0;0t\x1b[23;0;0t"],
    [
      "titles and links",
      "\x1b]0;my title ✳\x1b\\\x1b]2;x\x1b\\\x1b]8;id=a1;https://example.org/a?b=c#d\x1b\\link\x1b]8;;\x1b\\",
    ],
  ])("%s, unchanged", (_name, text) => {
    expect(filtered(text)).toBe(text);
  });

  it("a title that ends with BEL, ending it with ST", () => {
    expect(filtered("\x1b]0;title\x07after")).toBe("\x1b]0;title\x1b\\after");
  });
});

describe("the terminal filter removes", () => {
  it.each([
    ["the clipboard (OSC 52)", "]52;c;ZXZpbA==\x07"],
    ["reading the clipboard", "]52;c;?\x07"],
    ["files and images (OSC 1337)", "]1337;File=inline=1:AAAA\x07"],
    ["colour queries", "]4;1;?\x07"],
    ["colour queries of text and background", "]10;?\x1b\\"],
    ["colours of the whole terminal", "]11;#000000\x1b\\"],
    ["notifications", "]777;notify;a;b\x07"],
    ["the current folder", "]7;file:///evil\x07"],
    ["links to files", "]8;;file:///etc/passwd\x1b\\"],
    ["links to javascript", "]8;;javascript:alert(1)\x1b\\"],
    ["links with spaces", "]8;;https://a b\x1b\\"],
    ["links with odd parameters", "]8;x=y;https://a\x1b\\"],
    ["titles by name (OSC l)", "]lx\x1b\\"],
    ["device control strings", "P1$r0m\x1b\\"],
    ["status requests (DECRQSS)", "P$qm\x1b\\"],
    ["tmux's passthrough", "Ptmux;\x1b\x1b]52;c;x\x07\x1b\\"],
    ["terminfo requests", "P+q544e\x1b\\"],
    ["graphics", "_Ga=T;AAAA\x1b\\"],
    ["privacy messages", "^hidden\x1b\\"],
    ["start of string", "Xhidden\x1b\\"],
    ["identify (DECID)", "Z"],
    ["position report", "[6n"],
    ["status report", "[5n"],
    ["private reports", "[?6n"],
    ["colour scheme report", "[?996n"],
    ["device attributes", "[c"],
    ["device attributes with zero", "[0c"],
    ["secondary attributes", "[>c"],
    ["tertiary attributes", "[=c"],
    ["terminal's version", "[>q"],
    ["terminal parameters", "[x"],
    ["mode reports", "[?2026$p"],
    ["mode reports (ANSI)", "[4$p"],
    ["checksums", "[1;1;1;1;10;10*y"],
    ["keyboard query", "[?u"],
    ["title report", "[21t"],
    ["icon report", "[20t"],
    ["size reports", "[14t"],
    ["size reports in cells", "[18t"],
    ["window moves", "[3;0;0t"],
    ["in-band resize", "[?2048h"],
    ["colour scheme notifications", "[?2031h"],
    ["highlight tracking", "[1;2;3;4;5T"],
    ["highlight tracking's mode", "[?1001h"],
    ["printing", "[5i"],
    ["a locked keyboard", "[2h"],
    ["new line mode", "[20h"],
    ["an allowed mode with one that is not", "[?1049;2048h"],
    ["character set of bytes", "%@"],
    ["8-bit answers", " G"],
    ["endless repetition", "[99999999999b"],
    ["the sixel query", "[?1;1;0S"],
    ["loadable macros", "P0;0;0!zAAAA\x1b\\"],
    ["rectangles", "[65;1;1;2;2$x"],
  ])("%s", (_name, rest) => {
    expect(filtered(`a${ESC}${rest}b`).replace(`${ESC}\\`, "")).toBe("ab");
  });

  it.each(["\x05", "\x00", "\x7f", "\x11", "\x13", "\x18"])("the control %j", (control) => {
    expect(filtered(`a${control}b`)).toBe("ab");
  });

  it("C1 controls in both of their forms, so that what follows is but text", () => {
    expect(filtered("a\u009b6n\u009d52;c;x\u0090q\u0085")).toBe("a��6n��52;c;x��q��");
    expect(filtered(Buffer.from([0x61, 0x9b, 0x36, 0x6e, 0x9d, 0x35]))).toBe("a�6n�5");
  });

  it("bytes that are no UTF-8: overlong forms, surrogates, cut characters", () => {
    for (const bytes of [
      [0xc0, 0x9b],
      [0xc1, 0xbf],
      [0xe0, 0x82, 0x9b],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf0, 0x80, 0x82, 0x9b],
      [0xff],
      [0xe2, 0x82],
    ])
      expect(filtered(Buffer.from([...bytes, 0x21]))).toMatch(/^\ufffd+!$/);
  });

  it("controls and directions from titles, and cuts them", () => {
    expect(filtered("\x1b]0;a\u202eb\u009cc\x7fd\x1b\\")).toBe("\x1b]0;abcd\x1b\\");
    expect(filtered(`\x1b]2;${"x".repeat(1000)}\x1b\\`)).toBe(`\x1b]2;${"x".repeat(256)}\x1b\\`);
  });

  it("a sequence within a sequence, keeping only the whole one", () => {
    expect(filtered("\x1b[\x1b[31mx")).toBe("\x1b[31mx");
    expect(filtered("\x1b]0;title\x1b[31mx")).toBe("\x1b[31mx");
    expect(filtered("\x1b[3\n1mx")).toBe("\n1mx");
  });

  it("sequences without end, and takes up again after them", () => {
    expect(filtered(`\x1b]0;${"x".repeat(100_000)}\x07after`)).toBe("after");
    expect(filtered(`\x1b[${"1;".repeat(100_000)}mafter`)).toBe("after");
    expect(filtered(`\x1bP${"x".repeat(100_000)}\x1b\\after`)).toBe("after");
    expect(filtered("\x1b[31")).toBe("");
  });
});

/** Streams rich in what matters: introducers, finals, digits, raw bytes. */
const streams: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      fc
        .constantFrom(
          ...[
            "\x1b[",
            "\x1b]",
            "\x1bP",
            "\x1b_",
            "\x1b^",
            "\x1bX",
            "\x1b\\",
            "\x1b",
            "\x07",
            "\x9b",
            "\x9d",
            "\x90",
            "\xc2\x9b",
            "\xc2\x9d",
            "0;",
            "8;;https://a",
            "52;c;",
            "?",
            ">",
            "=",
            "<",
            "$",
            " ",
            "1049",
            "6",
            "5",
            "21",
            "h",
            "l",
            "m",
            "n",
            "c",
            "t",
            "q",
            "u",
            "p",
            "x",
            "\n",
            "\x05",
            "\xe2\x82\xac",
            "\xf0\x9f",
            "text",
          ],
        )
        .map((text) => Buffer.from(text, "latin1")),
      fc.uint8Array({ maxLength: 4 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)));

describe("for every stream the terminal filter", () => {
  it("says the same however the stream is cut", () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(20), { maxLength: 30 }), (stream, cuts) => {
        const whole = createTerminalFilter().push(stream);
        const filter = createTerminalFilter();
        const parts: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          parts.push(Buffer.from(filter.push(stream.subarray(at, at + cut))));
          at += cut;
        }
        parts.push(filter.push(stream.subarray(at)));
        expect(Buffer.concat(parts).equals(whole)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("writes well-formed UTF-8 without a C1 control or a forbidden introducer", () => {
    fc.assert(
      fc.property(streams, (stream) => {
        const text = new TextDecoder("utf-8", { fatal: true }).decode(
          createTerminalFilter().push(stream),
        );
        // oxlint-disable-next-line no-control-regex -- these are what must not be there
        expect(text).not.toMatch(/[\u0000-\u0006\u0010-\u001a\u001c-\u001f\u007f-\u009f]/);
        expect(text).not.toMatch(
          // oxlint-disable-next-line no-control-regex -- likewise
          /\u001b(?:[PX^_Z%]|\](?![028];)|\[[?>=]?[0-9;]*[\x20-\x2f]*[ncxy])/,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(streams, (stream) => {
        const once = createTerminalFilter().push(stream);
        expect(createTerminalFilter().push(once).equals(once)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
