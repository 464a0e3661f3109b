/** Where links of a workspace lead, by their text alone: nothing is followed. */
import { plainName } from "../stage/paths.ts";

/** The place inside of the folder that a link's text names; undefined if it leads, or may lead, somewhere else. */
export function insideTarget(
  path: string,
  target: string,
  isLink: (path: string) => boolean,
): string | undefined {
  if (target === "" || target.startsWith("/") || target.includes("\0")) return undefined;
  const place = path.split("/").slice(0, -1);
  let down = false;
  for (const step of target.split("/")) {
    if (step === "" || step === ".") continue;
    if (step === "..") {
      // After a step down, the parent is wherever that step led.
      if (down || place.pop() === undefined) return undefined;
      continue;
    }
    down = true;
    if (plainName(step) === ".git") return undefined;
    place.push(step);
    if (isLink(place.join("/"))) return undefined;
  }
  return place.join("/");
}
