/** YAML 1.2 (of which JSON is a part) to a tree with places; nothing is resolved, repaired or executed. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document, ParsedNode } from "yaml";
import { quote } from "./quote.ts";
import { createReport } from "./report.ts";
import type { Report } from "./report.ts";
import { syntaxProblem } from "./syntax-problems.ts";
import { tokenShape } from "./token-shapes.ts";
import type { Tree, TreeEntry } from "./tree.ts";

/** Nodes after aliases are expanded; far beyond any manifest a person writes. */
const maxNodes = 20_000;
const maxDepth = 32;

/** A tree that stands for one that could not be made. */
const nothing: Tree = { kind: "scalar", at: 0, value: null, refused: true };

export interface ParsedText {
  readonly tree: Tree;
  readonly report: Report;
}

/** Parses the text of one file; syntax errors are in the report, and then the tree is only as good as it could be. */
export function parseTree(file: string, text: string): ParsedText {
  const lines = new LineCounter();
  const report = createReport(file, (at) => {
    const { line, col } = lines.linePos(at);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  });
  let document: Document.Parsed;
  try {
    document = parseYaml(text, lines);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report.add(0, {
      code: "E_MANIFEST_COMPLEX",
      what: "The manifest is nested too deeply.",
      next: "Write it flat.",
    });
    return { tree: nothing, report };
  }
  // The parser's own texts may quote the file, and with it a secret: only its codes are used.
  for (const problem of [...document.errors, ...document.warnings])
    report.add(problem.pos[0], syntaxProblem(problem.code));
  const yaml = document.directives.yaml;
  if (yaml.explicit === true && yaml.version !== "1.2")
    report.add(0, syntaxProblem("BAD_DIRECTIVE"));
  if (document.errors.length > 0) return { tree: nothing, report };
  return { tree: createConverter(report).convert(document.contents, 0, 0), report };
}

/** The parser makes an error for each comma of a megabyte of commas: without their stacks that takes a tenth of the time. */
function parseYaml(text: string, lineCounter: LineCounter): Document.Parsed {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return parseDocument(text, {
      version: "1.2",
      schema: "core",
      uniqueKeys: false,
      prettyErrors: false,
      lineCounter,
    });
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Turns the parser's nodes into a tree; budgets hold across the whole document. */
function createConverter(report: Report): {
  convert(node: ParsedNode | null, at: number, depth: number): Tree;
} {
  const anchors = new Map<string, { readonly tree: Tree; readonly size: number }>();
  let nodes = 0;
  let full = false;

  function tooComplex(at: number): Tree {
    if (!full)
      report.add(at, {
        code: "E_MANIFEST_COMPLEX",
        what: "The manifest is nested too deeply or grows too large through aliases.",
      });
    full = true;
    return nothing;
  }

  function convert(node: ParsedNode | null, at: number, depth: number): Tree {
    if (node === null) return { kind: "scalar", at, value: null, refused: false };
    const start = node.range[0];
    const before = nodes++;
    if (full || nodes > maxNodes || depth > maxDepth) return tooComplex(start);
    if (isAlias(node)) {
      // An anchor counts from the end of its node on, so that nothing can contain itself.
      const target = anchors.get(node.source);
      if (target === undefined) {
        report.add(start, syntaxProblem("BAD_ALIAS"));
        return nothing;
      }
      nodes += target.size;
      return nodes > maxNodes ? tooComplex(start) : target.tree;
    }
    if (node.tag !== undefined) report.add(start, syntaxProblem("TAG_RESOLVE_FAILED"));
    const tree = convertContent(node, start, depth);
    if (node.anchor !== undefined) anchors.set(node.anchor, { tree, size: nodes - before });
    return tree;
  }

  function convertContent(node: ParsedNode, at: number, depth: number): Tree {
    if (isSeq(node))
      return { kind: "list", at, items: node.items.map((item) => convert(item, at, depth + 1)) };
    if (isMap(node)) {
      const entries: TreeEntry[] = [];
      const seen = new Set<string>();
      for (const pair of node.items) {
        const keyAt = pair.key.range[0];
        const key = keyOf(pair.key, report);
        const value = convert(pair.value, keyAt, depth + 1);
        if (key === undefined) continue;
        if (seen.has(key)) {
          report.add(keyAt, {
            code: "E_MANIFEST_DUPLICATE_KEY",
            what: `The key ${quote(key)} stands twice in one map.`,
            next: "Keep one of the two.",
          });
          continue;
        }
        seen.add(key);
        entries.push({ key, at: keyAt, value });
      }
      return { kind: "map", at, entries };
    }
    return isScalar(node) ? scalar(node.value, at, report) : nothing;
  }
  return { convert };
}

/** Keys are plain words; a number, a list or an alias as a key is a mistake. */
function keyOf(node: ParsedNode, report: Report): string | undefined {
  if (isScalar(node) && typeof node.value === "string") {
    if (tokenShape(node.value) === undefined) return node.value;
    refuseToken(node.value, node.range[0], report);
  } else
    report.add(node.range[0], {
      code: "E_MANIFEST_TYPE",
      what: "A key must be text.",
      next: "Put it in quotes.",
    });
  return undefined;
}

function scalar(value: unknown, at: number, report: Report): Tree {
  if (typeof value === "string")
    return { kind: "scalar", at, value, refused: refuseToken(value, at, report) };
  if (typeof value === "number" || typeof value === "boolean" || value === null)
    return { kind: "scalar", at, value, refused: false };
  report.add(at, { code: "E_MANIFEST_TYPE", what: "This kind of value is not used in manifests." });
  return nothing;
}

/** A provider token anywhere in the file is refused once, here, and never shown. */
function refuseToken(text: string, at: number, report: Report): boolean {
  const shape = tokenShape(text);
  if (shape === undefined) return false;
  report.add(at, {
    code: "E_MANIFEST_INLINE_SECRET",
    what: `The value here looks like ${shape.name}; it is not shown.`,
    why: "What stands in a manifest can be read by others, and what stands in env is visible to the agent.",
    next: `Revoke it if others could have read it, keep it elsewhere, and write ${shape.instead}.`,
  });
  return true;
}
