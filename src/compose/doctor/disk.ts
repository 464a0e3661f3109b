/** Room for what is written: records with the workspaces' copies, the agents' programs, the sockets. */
import type { Check } from "../../lifecycle/backend.ts";
import { formatSize } from "../../manifest/formats/size.ts";
import { hostPaths } from "../paths.ts";
import type { DoctorHost } from "./host.ts";
import { nearest } from "./place.ts";

const name = "disk";
const mib = 1024 ** 2;
/** Files that can still be made; a workspace's copy alone takes thousands. */
const fewFiles = 10_000;

/** What each of them should have left, in bytes. */
const places = [
  { what: "records", of: "stateHome", least: 1024 * mib },
  { what: "agents' programs", of: "cacheDir", least: 512 * mib },
  { what: "sockets", of: "runHome", least: mib },
] as const;

export async function disk(host: DoctorHost): Promise<readonly Check[]> {
  const paths = hostPaths(host);
  return Promise.all(
    places.map(async ({ what, of, least }): Promise<Check> => {
      const folder = paths[of];
      const { path } = await nearest(folder);
      const room = await host.room(path);
      const left = `${what}: ${formatSize(roughly(room.bytes))} left for ${folder}`;
      if (room.bytes < least)
        return {
          name,
          state: "bad",
          detail: `${left}; ${formatSize(least)} are wanted`,
          remedy: of === "stateHome" ? remove : `Make room in ${path}.`,
        };
      if (of !== "runHome" && room.files < fewFiles)
        return {
          name,
          state: "bad",
          detail: `${what}: room for ${room.files} files in ${folder}`,
          remedy: of === "stateHome" ? remove : `Make room in ${path}.`,
        };
      return { name, state: "good", detail: left };
    }),
  );
}

const remove = "Remove bottles whose work you have; ids are in: bottle ps --all";

/** Whole units, so that the words stay short. */
function roughly(bytes: number): number {
  const unit = bytes >= 10 * 1024 ** 3 ? 1024 ** 3 : mib;
  return Math.floor(bytes / unit) * unit;
}
