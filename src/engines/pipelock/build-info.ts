/** What Go wrote into a program about its making (Go's debug/buildinfo, the form since 1.18): the program need not be run for it. */
import { modulePath } from "./version.ts";

/** Before it stand sixteen bytes of 0xff; no source of ours may hold the whole. */
const magic = Buffer.from("ff20476f206275696c64696e663a", "hex");
/** The form in which both texts follow. */
const inline = 2;
const headSize = 32;
const longest = 64 * 1024;

export interface BuildInfo {
  /** The main module's path and version; a version names its commit by twelve digits at its end. */
  readonly module: string;
  readonly version: string;
  /** Of a build in a clone. */
  readonly revision: string | undefined;
  readonly modified: boolean;
}

/** Undefined for what is no program of Go, or hides what it is. */
export function readBuildInfo(program: Buffer): BuildInfo | undefined {
  for (let at = program.indexOf(magic); at >= 0; at = program.indexOf(magic, at + 1)) {
    const found = readAt(program.subarray(at, at + headSize + longest));
    if (found !== undefined) return found;
  }
  return undefined;
}

function readAt(data: Buffer): BuildInfo | undefined {
  if (data.length < headSize || ((data[15] ?? 0) & inline) === 0) return undefined;
  const go = readText(data, headSize);
  if (go === undefined || !/^(go|devel)/.test(go.text)) return undefined;
  const info = readText(data, go.end);
  const lines = info?.text.split("\n") ?? [];
  const [, module = "", version = ""] =
    lines.map((line) => line.split("\t")).find(([word]) => word?.endsWith("mod") === true) ?? [];
  if (module === "") return undefined;
  const built = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`build\t${name}=`))?.slice(`build\t${name}=`.length);
  return {
    module,
    version,
    revision: built("vcs.revision"),
    modified: built("vcs.modified") === "true",
  };
}

/** A length as Go's binary.Uvarint has it, then so many bytes. */
function readText(
  data: Buffer,
  from: number,
): { readonly text: string; readonly end: number } | undefined {
  let length = 0;
  for (let index = 0; index < 4; index += 1) {
    const byte = data[from + index];
    if (byte === undefined) return undefined;
    length |= (byte & 0x7f) << (7 * index);
    if (byte < 0x80) {
      const start = from + index + 1;
      const end = start + length;
      return end > data.length ? undefined : { text: data.toString("utf8", start, end), end };
    }
  }
  return undefined;
}

/** Whether it is pipelock at that commit, unchanged. */
export function isAt(info: BuildInfo | undefined, commit: string): boolean {
  if (info === undefined || info.module !== modulePath || info.modified) return false;
  return info.revision === commit || info.version.endsWith(`-${commit.slice(0, 12)}`);
}
