/** One thing that a rung needs of the daemon that answered, and of this machine. */
import type { Check } from "../../../lifecycle/backend.ts";
import type { WhoAsks } from "../../distribution.ts";
import type { EngineInfo } from "../info.ts";

export interface NeedHost extends WhoAsks {
  /** `/`, or what stands for it: the system's own files are looked for below it. */
  readonly root: string;
  /** Of the kernel, as uname(2) says. */
  readonly kernel: string;
}

export type Need = (info: EngineInfo, host: NeedHost) => Check;
