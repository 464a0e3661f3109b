/** Programs built by the Go toolchain, by module and version, once for all runs on a machine. */
import { spawn } from "node:child_process";
import { access, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

export interface GoProgram {
  /** Of the file, with what it depends on: another name is built anew. */
  readonly name: string;
  /** From the module proxy, or a folder of this repository with a go.mod. */
  readonly from:
    | { readonly module: string; readonly version: string }
    | { readonly folder: string };
  /** The folder of the program in its module, where that is not the module's own. */
  readonly main?: string;
  readonly flags?: readonly string[];
  /** Without a C library: a program that runs in a root of its own. */
  readonly pure?: boolean;
  /** Folders of the module that the program reads when it runs; they come to stand beside it. */
  readonly folders?: readonly string[];
}

export type Built =
  | { readonly ok: true; readonly program: string; readonly folder: string }
  /** `refused`: the module proxy says no, and will say so again. */
  | { readonly ok: false; readonly refused: boolean; readonly why: string };

/** Fails with what Go said; one build at a time on a machine, and the others then find it there. */
export async function buildGo(wanted: GoProgram): Promise<Built> {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const folder = join(cache, "claude-bottle-ci", wanted.name);
  const program = join(folder, "program");
  const isThere = (path: string): Promise<boolean> =>
    access(path).then(
      () => true,
      () => false,
    );
  if (await isThere(program)) return { ok: true, program, folder };
  await mkdir(join(cache, "claude-bottle-ci"), { recursive: true });
  const { code, text } = await shell(script, {
    PATH: `${process.env["PATH"] ?? ""}:/usr/local/go/bin`,
    HOME: homedir(),
    ...pass("GOPROXY", "GOPATH", "GOMODCACHE", "GOCACHE", "GOFLAGS", "GOSUMDB", "GONOSUMDB"),
    ...(wanted.pure === true ? { CGO_ENABLED: "0" } : {}),
    FOLDER: folder,
    ...("folder" in wanted.from
      ? { SOURCE: wanted.from.folder }
      : { MODULE: `${wanted.from.module}@${wanted.from.version}` }),
    MAIN: `./${wanted.main ?? ""}`,
    FLAGS: (wanted.flags ?? []).join("\n"),
    FOLDERS: (wanted.folders ?? []).join("\n"),
  });
  if (code === 0) return { ok: true, program, folder };
  if (code === 127) return { ok: false, refused: false, why: "not installed: go, or flock" };
  if (/\b(?:403|410)\b|not available/.test(text))
    return { ok: false, refused: true, why: `the module proxy has no ${wanted.name} to give` };
  throw new Error(`${wanted.name} does not build: ${text.slice(-2000)}`);
}

/** Whole or not at all: what is built comes to its place by one rename. */
const script = `
set -eu
command -v go >/dev/null || exit 127
command -v flock >/dev/null || exit 127
exec 9>"$FOLDER.lock"
flock 9
[ ! -x "$FOLDER/program" ] || exit 0
work=$(mktemp -d "$FOLDER.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
mkdir "$work/made"
if [ -n "\${MODULE:-}" ]; then
  cd "$work"
  go mod download -json "$MODULE" >module.json || { cat module.json >&2; exit 1; }
  SOURCE=$(sed -n 's/^.*"Dir": "\\(.*\\)",*$/\\1/p' module.json)
fi
cd "$SOURCE"
IFS='
'
go build -trimpath $FLAGS -o "$work/made/program" "$MAIN"
for one in $FOLDERS; do cp -r "$one" "$work/made/$one"; done
chmod -R u+w "$work/made"
rm -rf "$FOLDER"
mv "$work/made" "$FOLDER"
`;

function pass(...names: readonly string[]): Record<string, string> {
  const found = names.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(
    found.filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

function shell(
  text: string,
  env: Record<string, string>,
): Promise<{ readonly code: number | null; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", text], { env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (part: string) => (said += part));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text: said }));
  });
}
