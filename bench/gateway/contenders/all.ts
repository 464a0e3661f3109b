/** Starts every contender that this machine has. */
import { join } from "node:path";
import type { Contender } from "../way.ts";
import { findProgram } from "./contender.ts";
import type { Stage } from "./contender.ts";
import { direct } from "./direct.ts";
import { mitmproxy } from "./mitmproxy.ts";
import { nginx } from "./nginx.ts";
import { ours } from "./ours.ts";
import type { OursOptions } from "./ours.ts";
import { squid } from "./squid.ts";

/** Something that was not measured. */
export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

export interface Field extends AsyncDisposable {
  readonly contenders: readonly Contender[];
  readonly leftOut: readonly LeftOut[];
}

const others: readonly {
  readonly name: string;
  readonly program: string;
  readonly debian: string;
  readonly start: (program: string, stage: Stage) => Promise<Contender>;
}[] = [
  { name: "nginx", program: "nginx", debian: "nginx-light", start: nginx },
  { name: "squid", program: "squid", debian: "squid-openssl", start: squid },
  { name: "mitmproxy", program: "mitmdump", debian: "mitmproxy", start: mitmproxy },
];

export async function openField(options: OursOptions): Promise<Field> {
  const contenders: Contender[] = [direct(options.origin)];
  const leftOut: LeftOut[] = [];
  const within = (name: string): string => join(options.folder, name);
  const end = async (): Promise<void> => {
    await Promise.all(contenders.map((one) => one[Symbol.asyncDispose]()));
  };
  try {
    contenders.push(await ours({ ...options, folder: within("ours") }));
    for (const { name, program, debian, start } of others) {
      const found = findProgram(program);
      if (found === undefined)
        leftOut.push({ name, why: `${program} is not installed (Debian: ${debian})` });
      else
        try {
          contenders.push(await start(found, { ...options, folder: within(name) }));
        } catch (error) {
          leftOut.push({ name, why: error instanceof Error ? error.message : String(error) });
        }
    }
  } catch (error) {
    await end();
    throw error;
  }
  return { contenders, leftOut, [Symbol.asyncDispose]: end };
}
