/** This project's gateway: the route door for plain http, the proxy door with interception for TLS. */
import { join } from "node:path";
import { listens, startChild } from "../child.ts";
import type { ServeOrder } from "../serve-config.ts";
import type { Contender } from "../way.ts";
import { openFolder } from "./contender.ts";
import type { Stage } from "./contender.ts";

export interface OursOptions extends Stage {
  /** Of the bundle. */
  readonly dist: string;
  /** Flags of Node itself, for a profile. */
  readonly nodeFlags?: readonly string[];
  readonly engine?: ServeOrder["engine"];
}

interface Told {
  readonly port: number;
  readonly caPem: string;
}

export async function ours(options: OursOptions): Promise<Contender> {
  const { origin, core, dist, engine } = options;
  const folder = await openFolder(options.folder);
  const { port: plainPort, tlsPort, caPem: originCa } = origin;
  const order: ServeOrder = { folder, port: plainPort, tlsPort, originCa, engine };
  const child = startChild(
    [process.execPath, ...(options.nodeFlags ?? []), join(dist, "bench-gateway.js")],
    { core, cwd: folder, input: JSON.stringify(order) },
  );
  let told = "";
  const { port, caPem } = await new Promise<Told>((resolve, reject) => {
    child.process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      told += text;
      if (told.endsWith("\n")) resolve(JSON.parse(told) as Told);
    });
    child.process.once("close", () => reject(new Error("the gateway's process ended")));
  });
  await listens(child, port);
  return {
    name: "ours",
    pid: child.pid,
    plain: { port, host: `127.0.0.1:${port}`, target: (path) => `/bench${path}` },
    tls: { at: port, proxied: true, originPort: tlsPort, ca: caPem },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
