import { readFile, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { catalogue } from "./catalogue.ts";

const root = resolve(import.meta.dirname, "../..");
const codes: readonly string[] = Object.keys(catalogue);

/** Every product source but the catalogue itself. */
async function sources(): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(join(root, "src"), { recursive: true });
  const files = entries.filter(
    (name) => /(?<!\.test)\.ts$/.test(name) && name !== "errors/catalogue.ts",
  );
  const read = async (name: string): Promise<[string, string]> => [
    name,
    await readFile(join(root, "src", name), "utf8"),
  ];
  return new Map(await Promise.all(files.map(read)));
}

/** What docs/errors.md says: one table for each first word of a code. */
function page(): string {
  const tables = [...groupByWord()].map(([word, members]) => {
    const rows = members.map((code) => `| \`${code}\` | ${meaning(code)} |`);
    return `## ${word}\n\n| code | meaning |\n|---|---|\n${rows.join("\n")}\n`;
  });
  return `${head}\n${tables.join("\n")}`;
}

const head = `# Errors

Every error of claude-bottle has a code, says what did not work and why, and what you can do now. The code is stable: scripts may
rely on it. This page lists all of them; \`npx vitest run src/errors -u\` writes it from src/errors/catalogue.ts, and a test holds the two equal.
The refusals that an agent gets from its gateway have codes of their own: [the gateway](gateway.md).
`;

function groupByWord(): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const code of codes.toSorted())
    groups.set(wordOf(code), [...(groups.get(wordOf(code)) ?? []), code]);
  return groups;
}

function wordOf(code: string): string {
  return code.split("_")[1] ?? code;
}

function meaning(code: string): string {
  return (catalogue as Readonly<Record<string, string>>)[code] ?? "";
}

describe("the catalogue of errors", () => {
  it("is what docs/errors.md lists, no more and no less", async () => {
    await expect(page()).toMatchFileSnapshot(join(root, "docs/errors.md"));
  });

  it("has no code that nothing uses", async () => {
    const text = [...(await sources()).values()].join("\n");
    const unused = codes.filter((code) => !new RegExp(`["'\`]${code}["'\`]`).test(text));
    expect(unused).toEqual([]);
  });

  it("has every code that is used", async () => {
    const unknown: string[] = [];
    for (const [file, text] of await sources())
      for (const [code] of text.matchAll(/\bE_[A-Z][A-Z0-9_]*\b/g))
        if (!codes.includes(code)) unknown.push(`${file}: ${code}`);
    expect(unknown).toEqual([]);
  });

  it("gives each code one plain sentence", () => {
    for (const code of codes) expect(meaning(code), code).toMatch(/^\S.*[^.]\.$/);
    expect(new Set(codes.map(meaning)).size).toBe(codes.length);
  });
});
