/** squid as a forward proxy that reads TLS (squid-openssl of Debian): no cache, access log as it comes, one process. */
import { execFile } from "node:child_process";
import { chown, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort, listens, startChild } from "../child.ts";
import { newHost } from "../origin.ts";
import type { Contender } from "../way.ts";
import { interceptAuthority } from "./authority.ts";
import { openFolder } from "./contender.ts";
import type { Stage } from "./contender.ts";

const run = promisify(execFile);

/** Debian's squid-openssl brings it; plain squid reads no TLS. */
const certificateMaker = "/usr/lib/squid/security_file_certgen";
/** New names that the bench asks for. */
const names = 64;

export async function squid(program: string, stage: Stage): Promise<Contender> {
  const { origin, core } = stage;
  const folder = await openFolder(stage.folder);
  const port = await freePort();
  const reads = await stat(certificateMaker).then(
    () => true,
    () => false,
  );
  const { cert, key } = interceptAuthority(new Date());
  await writeFile(join(folder, "ca.pem"), `${cert}${key}`);
  await writeFile(join(folder, "origin.pem"), origin.caPem);
  const hosts = Array.from({ length: names }, (_none, index) => `127.0.0.1 ${newHost(index)}\n`);
  await writeFile(join(folder, "hosts"), `127.0.0.1 localhost\n${hosts.join("")}`);
  if (reads) await run(certificateMaker, ["-c", "-s", join(folder, "db"), "-M", "16MB"]);
  const file = join(folder, "squid.conf");
  await writeFile(file, squidConf({ folder, port, reads }));
  if (process.getuid?.() === 0) await giveToSquid(folder);
  const child = startChild([program, "-N", "-f", file], { core, cwd: folder });
  await listens(child, port);
  return {
    name: "squid",
    pid: child.pid,
    plain: {
      port,
      host: `127.0.0.1:${origin.port}`,
      target: (path) => `http://127.0.0.1:${origin.port}${path}`,
    },
    tls: reads ? { at: port, proxied: true, originPort: origin.tlsPort, ca: cert } : undefined,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** Started by root, it becomes the user `proxy`, which must be able to write there. */
async function giveToSquid(folder: string): Promise<void> {
  const { stdout } = await run("id", ["-u", "proxy"]);
  await run("chown", ["-R", stdout.trim(), folder]);
  await chown(folder, Number(stdout), 0);
}

export function squidConf(options: {
  readonly folder: string;
  readonly port: number;
  readonly reads: boolean;
}): string {
  const { folder, port, reads } = options;
  const bump = `ssl-bump generate-host-certificates=on dynamic_cert_mem_cache_size=16MB tls-cert=${folder}/ca.pem`;
  return `http_port 127.0.0.1:${port}${reads ? ` ${bump}` : ""}
${
  reads
    ? `sslcrtd_program ${certificateMaker} -s ${folder}/db -M 16MB
sslcrtd_children 1
acl greeting at_step SslBump1
ssl_bump peek greeting
ssl_bump bump all
tls_outgoing_options cafile=${folder}/origin.pem
`
    : ""
}http_access allow all
cache deny all
cache_mem 0 MB
access_log daemon:${folder}/access.log squid
cache_log ${folder}/cache.log
cache_store_log none
pid_filename none
coredump_dir ${folder}
hosts_file ${folder}/hosts
max_filedescriptors 4096
client_persistent_connections on
server_persistent_connections on
shutdown_lifetime 0 seconds
pinger_enable off
`;
}
