import { expect, it } from "vitest";
import { blocksOf, linksOf, pathsOf } from "./markdown.ts";

it("finds fenced blocks with what stands above them", () => {
  const text = "# A\n\n<!-- not run: x -->\n```sh\none\ntwo\n```\n\n```yaml\nversion: 1\n```\n";
  expect(blocksOf(text)).toEqual([
    { info: "sh", body: "one\ntwo\n", above: "<!-- not run: x -->", line: 4 },
    { info: "yaml", body: "version: 1\n", above: "", line: 9 },
  ]);
});

it("does not let one remark stand for two blocks", () => {
  const text = "<!-- not run: x -->\n```sh\none\n```\n```sh\ntwo\n```\n";
  expect(blocksOf(text).map(({ above }) => above)).toEqual(["<!-- not run: x -->", ""]);
});

it("refuses a block that is never closed", () => {
  expect(() => blocksOf("```sh\none\n")).toThrow("line 1");
});

it("finds links into the repository and leaves those to the web", () => {
  const text =
    "[a](docs/a.md), [b](https://example.org/docs/b.md), [c](#part), [d](mailto:x@example.org)";
  expect(linksOf(text)).toEqual(["docs/a.md", "#part"]);
});

it("finds names of files in the text, up to a placeholder", () => {
  const text =
    "see src/gateway/policy.ts, `src/backends/<name>/`, https://example.org/src/no.ts and docs/a.md.";
  expect(pathsOf(text)).toEqual(["src/gateway/policy.ts", "src/backends/", "docs/a.md"]);
});
