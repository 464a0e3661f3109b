/** What bottles of dead supervisors left on this host. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Backend, Check } from "../../lifecycle/backend.ts";
import { isAbandoned } from "../../lifecycle/sweep.ts";
import { hostPaths } from "../paths.ts";
import type { DoctorHost } from "./host.ts";
import { count } from "./words.ts";

const name = "left-over";
const mostShown = 5;

export async function leftovers(host: DoctorHost, backend: Backend): Promise<Check> {
  const { runHome } = hostPaths(host);
  const ids = await readdir(runHome).catch(() => []);
  const folders = await Promise.all(
    ids.map(async (id) =>
      (await isAbandoned(join(runHome, id), host.now)) ? [`${id}: folder for sockets`] : [],
    ),
  );
  const found = [
    ...(await backend.find()).map(({ id, what }) => `${id}: ${what}`),
    ...folders.flat(),
  ];
  if (found.length === 0)
    return { name, state: "good", detail: "nothing of a bottle that is gone" };
  const more = found.length > mostShown ? ` and ${found.length - mostShown} more` : "";
  return {
    name,
    state: "bad",
    detail: `${count(found.length, "thing")} of bottles that are gone: ${found.slice(0, mostShown).join("; ")}${more}`,
    remedy: "Run: bottle cleanup",
  };
}
