/** A host for the doctor that is a folder: a home, a root that stands for `/`, and whatever a test changes. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DoctorHost } from "../../src/compose/doctor/host.ts";

export interface DoctorLab extends Disposable {
  readonly dir: string;
  readonly home: string;
  readonly host: DoctorHost;
  /** The same host with other values; `env` is added to. */
  with(changes: Partial<DoctorHost>): DoctorHost;
  /** Writes a file below the folder, and returns its path. */
  put(path: string, text: string | Buffer, mode?: number): string;
}

export const labTime: number = Date.parse("2026-11-24T12:00:00Z");

export function openDoctorLab(): DoctorLab {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "doctor-")));
  const [home, root, dist] = ["home", "root", "dist"].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [home, root, dist]) mkdirSync(folder, { mode: 0o700 });
  const host: DoctorHost = {
    env: { HOME: home, PATH: join(root, "usr/bin"), XDG_RUNTIME_DIR: join(dir, "run") },
    cwd: home,
    uid: process.getuid?.() ?? -1,
    dist,
    startedAt: 0,
    platform: "linux",
    arch: "x64",
    kernel: "6.1.0-test",
    node: "20.19.0",
    now: () => labTime,
    root,
    room: () => Promise.resolve({ bytes: 1024 ** 4, files: 1e9 }),
  };
  return {
    dir,
    home,
    host,
    with: (changes) => ({ ...host, ...changes, env: { ...host.env, ...changes.env } }),
    put(path, text, mode = 0o600) {
      const file = join(dir, path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, text, { mode });
      return file;
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}
