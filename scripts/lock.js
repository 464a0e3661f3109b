#!/usr/bin/env node
// Completes package-lock.json after `npm install`. npm leaves out optional packages that the registry at hand does not
// offer (a mirror may hold only some platforms), and `npm ci` then refuses the file everywhere. Each is added with the exact
// version its owner asks for and the platform its name says; npm fetches it on that platform alone.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const file = join(process.argv[2] ?? join(import.meta.dirname, ".."), "package-lock.json");
const lock = JSON.parse(await readFile(file, "utf8"));
const { packages } = lock;

let added = 0;
for (const [owner, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const found = resolve(owner, name);
    if (found?.version === version) continue;
    if (!/^\d+\.\d+\.\d+[\w.-]*$/.test(version)) {
      if (found === undefined)
        throw new Error(`${owner}: ${name} ${version} is not an exact version`);
      continue;
    }
    const path = found === undefined ? `node_modules/${name}` : `${owner}/node_modules/${name}`;
    packages[path] = {
      version,
      ...platformOf(name),
      ...(entry.dev ? { dev: true } : {}),
      license: entry.license,
      optional: true,
    };
    added += 1;
  }
}

lock.packages = Object.fromEntries(
  Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, "en")),
);
await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} added\n`);

/** As Node looks for it: in the owner's own folder first, then upwards. */
function resolve(owner, name) {
  for (let folder = owner; ; folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, "")) {
    const entry =
      packages[folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`];
    if (entry !== undefined || folder === "") return entry;
  }
}

/** `binding-linux-arm64-musl`: system, processor, C library; the names that npm compares with process.platform and arch. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const pick = (...known) => words.filter((word) => known.includes(word)).slice(0, 1);
  const os = pick(
    "aix",
    "android",
    "darwin",
    "freebsd",
    "linux",
    "netbsd",
    "openbsd",
    "openharmony",
    "sunos",
    "win32",
  );
  const arm = words.some(
    (word) => word === "arm" || word.startsWith("gnueabi") || word.startsWith("musleabi"),
  );
  const cpu = arm
    ? ["arm"]
    : pick("arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64");
  const libc = pick("musl", "gnu", "gnueabihf", "musleabihf").map((word) =>
    word.startsWith("musl") ? "musl" : "glibc",
  );
  if (cpu.length === 0) throw new Error(`${name} names no processor`);
  return {
    cpu,
    ...(os.length > 0 ? { os } : {}),
    ...(os[0] === "linux" && libc.length > 0 ? { libc } : {}),
  };
}
