/** How much a bottle may take of the machine. */
import { object } from "./check/object.ts";
import { number, text } from "./check/scalar.ts";
import type { Type } from "./check/type.ts";
import { sizeFormat } from "./formats/size.ts";
import type { Resources } from "./manifest.ts";

const mebi = 2 ** 20;
const gibi = 2 ** 30;

/** What a bottle gets that asks for nothing. */
export const defaultResources: Resources = {
  cpus: 2,
  memory: 4 * gibi,
  pids: 512,
  disk: 10 * gibi,
};

export const resources: Type<Resources> = object<Resources>("resources", {
  cpus: {
    type: number({ minimum: 0.1, maximum: 1024, whole: false }),
    doc: "Processor cores.",
    fallback: defaultResources.cpus,
  },
  memory: {
    type: text(sizeFormat(64 * mebi)),
    doc: "Memory, such as 4GiB.",
    fallback: defaultResources.memory,
    written: "4GiB",
  },
  pids: {
    type: number({ minimum: 16, maximum: 1_000_000, whole: true }),
    doc: "Processes and threads.",
    fallback: defaultResources.pids,
  },
  disk: {
    type: text(sizeFormat(16 * mebi)),
    doc: "Space for /tmp and the home.",
    fallback: defaultResources.disk,
    written: "10GiB",
  },
});
