/** Our own words for the YAML parser's error codes, because its texts may quote the file. */
import type { ErrorCode } from "yaml";
import type { Problem } from "./report.ts";

const texts: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: "An alias cannot have an anchor or a tag.",
  BAD_ALIAS: "An alias names no anchor before it.",
  BAD_COLLECTION_TYPE: "A tag does not fit its value.",
  BAD_DIRECTIVE: "A directive is not supported; manifests are YAML 1.2.",
  BAD_DQ_ESCAPE: "A backslash escape in a double-quoted text is unknown.",
  BAD_INDENT: "The indentation does not fit.",
  BAD_PROP_ORDER: "Anchor and tag stand in the wrong order.",
  BAD_SCALAR_START: "A plain value cannot begin with this character.",
  BLOCK_AS_IMPLICIT_KEY: "A nested map or list cannot begin here.",
  BLOCK_IN_FLOW: "An indented block cannot stand inside brackets.",
  DUPLICATE_KEY: "A key stands twice in one map.",
  IMPOSSIBLE: "The text cannot be understood here.",
  KEY_OVER_1024_CHARS: "A key is too long.",
  MISSING_CHAR: "A character is missing: a colon, a comma, a space, a quote or a closing bracket.",
  MULTILINE_IMPLICIT_KEY: "A key must stand on one line; perhaps a quote is not closed.",
  MULTIPLE_ANCHORS: "A value has two anchors.",
  MULTIPLE_DOCS: "There is more than one document in the file.",
  MULTIPLE_TAGS: "A value has two tags.",
  NON_STRING_KEY: "A key must be text.",
  RESOURCE_EXHAUSTION: "The manifest is nested too deeply.",
  TAB_AS_INDENT: "A tab cannot be used to indent.",
  TAG_RESOLVE_FAILED: "Tags are not used in manifests.",
  UNEXPECTED_TOKEN: "Something stands here that does not belong here.",
};

/** The problem for one code of the parser. */
export function syntaxProblem(code: ErrorCode): Problem {
  return {
    code: code === "RESOURCE_EXHAUSTION" ? "E_MANIFEST_COMPLEX" : "E_MANIFEST_SYNTAX",
    what: texts[code],
    next: "Values with special characters go in double quotes.",
  };
}
