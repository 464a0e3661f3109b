/** nginx with `proxy_pass` (nginx-light of Debian): one worker, kept upstream connections, access log as it comes. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, listens, startChild } from "../child.ts";
import type { Contender } from "../way.ts";
import { openFolder } from "./contender.ts";
import type { Stage } from "./contender.ts";

export async function nginx(program: string, stage: Stage): Promise<Contender> {
  const folder = await openFolder(stage.folder);
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  await writeFile(file, nginxConf({ folder, port, originPort: stage.origin.port }));
  const child = startChild([program, "-p", folder, "-c", file], { core: stage.core, cwd: folder });
  await listens(child, port);
  return {
    name: "nginx",
    pid: child.pid,
    plain: { port, host: `127.0.0.1:${port}`, target: (path) => path },
    tls: undefined,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** Bodies stream both ways, as they do through the others. */
export function nginxConf(options: {
  readonly folder: string;
  readonly port: number;
  readonly originPort: number;
}): string {
  const { folder, port, originPort } = options;
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log ${folder}/access.log;
  keepalive_requests 1000000000;
${temp.map((name) => `  ${name}_temp_path ${folder}/${name};`).join("\n")}
  upstream origin {
    server 127.0.0.1:${originPort};
    keepalive 128;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 0;
    proxy_request_buffering off;
    proxy_buffering off;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`;
}
