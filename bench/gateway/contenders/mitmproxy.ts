/** mitmproxy as a forward proxy that reads TLS (mitmproxy of Debian): quiet, bodies streamed. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, listens, startChild } from "../child.ts";
import type { Contender } from "../way.ts";
import { interceptAuthority } from "./authority.ts";
import { openFolder } from "./contender.ts";
import type { Stage } from "./contender.ts";

export async function mitmproxy(program: string, stage: Stage): Promise<Contender> {
  const { origin, core } = stage;
  const folder = await openFolder(stage.folder);
  const port = await freePort();
  const { cert, key } = interceptAuthority(new Date());
  const conf = join(folder, "conf");
  await mkdir(conf, { recursive: true });
  await writeFile(join(conf, "mitmproxy-ca.pem"), `${key}${cert}`);
  await writeFile(join(folder, "origin.pem"), origin.caPem);
  await writeFile(join(folder, "names.py"), namesScript);
  const child = startChild([program, ...mitmproxyArguments(folder, port)], { core, cwd: folder });
  await listens(child, port);
  return {
    name: "mitmproxy",
    pid: child.pid,
    plain: {
      port,
      host: `127.0.0.1:${origin.port}`,
      target: (path) => `http://127.0.0.1:${origin.port}${path}`,
    },
    tls: { at: port, proxied: true, originPort: origin.tlsPort, ca: cert },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** Names of the bench lead to this machine. */
const namesScript = `def server_connect(data):
    data.server.address = ("127.0.0.1", data.server.address[1])
`;

function mitmproxyArguments(folder: string, port: number): readonly string[] {
  const settings = [
    `confdir=${folder}/conf`,
    `ssl_verify_upstream_trusted_ca=${folder}/origin.pem`,
    "stream_large_bodies=1m",
    "flow_detail=0",
    "http2=false",
  ];
  return [
    "--quiet",
    ...["--listen-host", "127.0.0.1", "--listen-port", String(port)],
    ...["--scripts", join(folder, "names.py")],
    ...settings.flatMap((setting) => ["--set", setting]),
  ];
}
