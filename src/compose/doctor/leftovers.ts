/** What bottles of dead supervisors left on this host: just what `cleanup` would take away. */
import type { Check } from "../../lifecycle/backend.ts";
import { listLeftovers } from "../cleanup.ts";
import type { DoctorHost } from "./host.ts";
import { count } from "./words.ts";

const name = "left-over";
const mostShown = 20;

export async function leftovers(host: DoctorHost): Promise<Check> {
  const found = await listLeftovers(host);
  if (found.length === 0)
    return { name, state: "good", detail: "nothing of a bottle that is gone" };
  const shown = found.slice(0, mostShown).map(({ id, what }) => `${id}: ${what}`);
  const more = found.length > mostShown ? ` and ${found.length - mostShown} more` : "";
  return {
    name,
    state: "bad",
    detail: `${count(found.length, "thing")} of bottles that are gone: ${shown.join("; ")}${more}`,
    remedy: "Run: bottle cleanup",
  };
}
