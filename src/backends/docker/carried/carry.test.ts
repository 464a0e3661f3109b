import { spawnSync } from "node:child_process";
import {
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { baseName } from "../../../../tests/support/docker/base.ts";
import { withDaemon } from "../../../../tests/support/docker/suite.ts";
import type { Engine } from "../engine/engine.ts";
import { ownerMark, writeOwner } from "../labels.ts";
import { carryIn, carryOut } from "./carry.ts";
import { openCarrier } from "./carrier.ts";
import type { Carrier } from "./carrier.ts";
import {
  createVolume,
  labelledVolumes,
  removeVolume,
  volumeLabels,
  volumeName,
  volumeParts,
} from "./volumes.ts";

const daemon = withDaemon({ elsewhere: true });
const patient = 120_000;
const user = { uid: 0x78000123, gid: 0x78000123 };
const image = `${baseName.repository}:${baseName.tag}`;

interface Scene extends AsyncDisposable {
  readonly id: string;
  readonly folders: { readonly id: string; readonly workspace: string; readonly home: string };
  readonly link: string;
  readonly carrier: Carrier;
  /** Runs a shell's command where the bottle would be. */
  run(command: string): Promise<string>;
}

async function openScene(engine: Engine): Promise<Scene> {
  const record = mkdtempSync(join(tmpdir(), "carried-test-"));
  const id = `test-${record.slice(-5).toLowerCase()}`;
  const folders = { id, workspace: join(record, "workspace"), home: join(record, "home") };
  const link = join(record, "link");
  for (const path of [folders.workspace, folders.home, link]) mkdirSync(path, { mode: 0o700 });
  const owner = writeOwner(ownerMark(process.getuid?.() ?? 0, process.pid));
  const volumes: Record<string, string> = {};
  for (const part of volumeParts) {
    volumes[part] = volumeName(id, part);
    await createVolume(engine, volumeName(id, part), volumeLabels(id, owner, part));
  }
  const carrier = await openCarrier(engine, { name: `${id}-carrier`, image, labels: {}, volumes });
  return {
    ...{ id, folders, link, carrier },
    async run(command) {
      const json = {
        Image: image,
        Entrypoint: ["sh", "-c", command],
        User: `${user.uid}:${user.gid}`,
        WorkingDir: "/work",
        HostConfig: {
          NetworkMode: "none",
          Mounts: (["workspace", "home", "link"] as const).map((part) => ({
            Type: "volume",
            Source: volumeName(id, part),
            Target: part === "workspace" ? "/work" : `/${part}`,
            ReadOnly: part === "link",
          })),
        },
      };
      const { Id } = (await engine.call("POST", "/containers/create", { json })) as { Id: string };
      await engine.call("POST", `/containers/${Id}/start`);
      await engine.call("POST", `/containers/${Id}/wait`);
      const logs = await engine.stream("GET", `/containers/${Id}/logs`, {
        query: { stdout: "1", stderr: "1" },
      });
      let told = "";
      for await (const part of logs as AsyncIterable<Buffer>) told += part.toString("latin1");
      await engine.call("DELETE", `/containers/${Id}`);
      // Each piece has a head of eight bytes.
      return told.replaceAll(/[^\n -~][^\n -~]{3}.{4}/gs, "");
    },
    async [Symbol.asyncDispose]() {
      await carrier.remove();
      for (const part of volumeParts) await removeVolume(engine, volumeName(id, part));
      rmSync(record, { recursive: true, force: true });
    },
  };
}

describe("the folders of a bottle whose daemon sees nothing of this machine", () => {
  it(
    "are there inside, the bottle's own, and come back with what it made of them",
    async () => {
      await using at = await openScene(daemon().engine);
      const { workspace, home } = at.folders;
      writeFileSync(join(workspace, "kept.txt"), "kept\n");
      writeFileSync(join(workspace, "gone.txt"), "gone\n");
      symlinkSync("/etc/passwd", join(workspace, "leads-out"));
      writeFileSync(join(home, ".seed"), "seed\n", { mode: 0o600 });
      writeFileSync(join(at.link, "ca.pem"), "certificate\n");
      await carryIn(at.carrier, at.folders, at.link, user);
      const before = lstatSync(join(workspace, "kept.txt"), { bigint: true });
      const told = await at.run(
        `cat kept.txt /home/.seed /link/ca.pem; stat -c '%u %a' . /home kept.txt;
         rm gone.txt; mkdir -p new/folder; echo made > new/folder/file; chmod 750 new/folder;
         ln -s ../kept.txt new/link; ln new/folder/file new/second; mkfifo new/pipe; echo more > /home/more;
         touch /link/no 2>&1`,
      );
      expect(told.split("\n").slice(0, 6)).toEqual([
        ...["kept", "seed", "certificate"],
        ...[`${user.uid} 700`, `${user.uid} 700`, `${user.uid} 644`],
      ]);
      expect(told).toContain("Read-only file system");
      const owner = { uid: 4321, gid: 4321 };
      const { leftOut } = await carryOut(at.carrier, at.folders, { room: 0, owner });
      expect(leftOut).toBe(1);
      expect(readdirSync(workspace).toSorted()).toEqual(["kept.txt", "leads-out", "new"]);
      expect(readFileSync(join(workspace, "new/folder/file"), "utf8")).toBe("made\n");
      expect(lstatSync(join(workspace, "new/folder")).mode & 0o777).toBe(0o750);
      expect(lstatSync(join(workspace, "new/second")).nlink).toBe(2);
      expect(lstatSync(join(workspace, "new/link")).isSymbolicLink()).toBe(true);
      for (const path of ["new", "new/folder/file", "new/link"])
        expect(lstatSync(join(workspace, path)).uid).toBe(4321);
      expect(readFileSync(join(home, "more"), "utf8")).toBe("more\n");
      const after = lstatSync(join(workspace, "kept.txt"), { bigint: true });
      expect([after.ino, after.ctimeNs]).toEqual([before.ino, before.ctimeNs]);
      expect(readdirSync(join(workspace, "..")).toSorted()).toEqual(["home", "link", "workspace"]);
    },
    patient,
  );

  it(
    "are found by their labels",
    async () => {
      await using at = await openScene(daemon().engine);
      const found = await labelledVolumes(daemon().engine);
      const mine = found.filter(({ id }) => id === at.id);
      expect(mine.map(({ part }) => part).toSorted()).toEqual([...volumeParts].toSorted());
      expect(mine[0]?.owner).toEqual(ownerMark(process.getuid?.() ?? 0, process.pid));
    },
    patient,
  );

  it(
    "may be ten thousand files",
    async () => {
      await using at = await openScene(daemon().engine);
      const { workspace } = at.folders;
      for (let folder = 0; folder < 100; folder += 1) {
        mkdirSync(join(workspace, `${folder}`));
        for (let file = 0; file < 100; file += 1)
          writeFileSync(join(workspace, `${folder}/${file}`), Buffer.alloc(4000, `${file} `));
      }
      chownSync(workspace, user.uid, user.gid);
      await carryIn(at.carrier, at.folders, at.link, user);
      await at.run("echo changed > 50/50; rm -r 99");
      await carryOut(at.carrier, at.folders, { room: 0, owner: undefined });
      expect(readFileSync(join(workspace, "50/50"), "utf8")).toBe("changed\n");
      const { stdout } = spawnSync("find", [workspace, "-type", "f"], { encoding: "utf8" });
      expect(stdout.trim().split("\n")).toHaveLength(9900);
    },
    patient,
  );
});
