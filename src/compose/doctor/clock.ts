/** The clock, against times that surely are over: certificates, tokens and audit logs live by it. No network is asked. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "../../lifecycle/backend.ts";
import { recordsDir } from "../../record/paths.ts";
import { hostPaths } from "../paths.ts";
import { may } from "./host.ts";
import type { DoctorHost } from "./host.ts";
import { rootRemedy } from "../../backends/distribution.ts";

const name = "clock";
const day = 86_400_000;
/** Nobody runs a build that is so old. */
const longest = 20 * 365 * day;
/** Records looked at. */
const mostRecords = 100;

export async function clock(host: DoctorHost): Promise<Check> {
  const built = join(host.dist, "cli.js");
  const records = recordsDir(hostPaths(host).stateHome);
  const ids = await readdir(records).catch(() => []);
  const files = [
    built,
    // systemd-timesyncd.service(8) touches it whenever it has heard the time.
    join(host.root, "/var/lib/systemd/timesync/clock"),
    ...ids.slice(0, mostRecords).map((id) => join(records, id)),
  ];
  const times = await Promise.all(files.map(modified));
  const now = host.now();
  const [last, newest] = times
    .map((time, index) => [time ?? 0, files[index] ?? ""] as const)
    .reduce((a, b) => (b[0] > a[0] ? b : a), [0, ""]);
  const said = new Date(now).toISOString().slice(0, 16).replace("T", " ");
  const remedy = await setTime(host);
  if (last - now > day)
    return {
      name,
      state: "bad",
      detail: `says ${said} UTC; ${newest} was written ${Math.round((last - now) / day)} days later`,
      remedy,
    };
  const age = times[0] === undefined ? 0 : now - times[0];
  if (age > longest)
    return {
      name,
      state: "bad",
      detail: `says ${said} UTC, ${Math.round(age / day / 365)} years after this build`,
      remedy,
    };
  return { name, state: "good", detail: `says ${said} UTC, which is plausible` };
}

async function modified(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

async function setTime(host: DoctorHost): Promise<string> {
  const systemd = await may(join(host.root, "/run/systemd/system"), "F_OK");
  return rootRemedy(systemd ? "timedatectl set-ntp true" : 'date -s "YYYY-MM-DD HH:MM"', host.uid);
}
