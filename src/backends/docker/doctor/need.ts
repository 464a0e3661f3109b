/** One thing that a rung needs of the daemon that answered, and of this machine. */
import type { Check } from "../../../lifecycle/backend.ts";
import type { WhoAsks } from "../../distribution.ts";
import type { LinkName } from "../../../manifest/manifest.ts";
import type { EngineInfo } from "../info.ts";

export interface NeedHost extends WhoAsks {
  /** The daemon shares no files with this machine: their kernels and users need not be the same. */
  readonly carried?: boolean;
  /** `/`, or what stands for it, of the daemon's machine; undefined where that is another one, whose files nobody reads from here. */
  readonly root: string | undefined;
  /** The bottle's. */
  readonly link: LinkName;
  /** The caller's PATH. */
  readonly path: string | undefined;
  /** Where the daemon listens, if that is known. */
  readonly socket: string | undefined;
  /** Of this machine's kernel, as uname(2) says. */
  readonly kernel: string;
}

export type Need = (info: EngineInfo, host: NeedHost) => Check;
