/** What the preflight says a bottle shares with this machine: folders, caches, ports, the author, the way to the network. */
import { wrap, table } from "./layout.ts";
import type { Line, Section } from "./lines.ts";
import { plain, toned } from "./lines.ts";
import type { Grants } from "./grants.ts";

/** Sections without lines are nothing that was asked for. */
export function sharingSections(grants: Grants, columns: number): readonly Section[] {
  return [
    { label: "mounts", lines: mountLines(grants, columns) },
    { label: "caches", lines: cacheLines(grants, columns) },
    { label: "ports", lines: portLines(grants, columns) },
    { label: "git author", lines: authorLines(grants, columns) },
    { label: "proxy", lines: proxyLines(grants, columns) },
  ];
}

function mountLines({ mounts }: Grants, columns: number): readonly Line[] {
  if (mounts.length === 0) return [];
  return [
    ...plain(
      table(
        mounts.map(({ source, target }) => [target, `is ${source}`]),
        columns,
      ),
    ),
    ...toned("dim", "read-only; whatever is in them is visible to the agent", columns),
  ];
}

function cacheLines({ caches }: Grants, columns: number): readonly Line[] {
  return caches.length === 0
    ? []
    : plain(wrap(`${caches.join(", ")}, of this machine and read-only`, columns));
}

/** The one thing that goes out past the gateway: to a program of the owner's that came by itself. */
function portLines({ ports }: Grants, columns: number): readonly Line[] {
  if (ports.length === 0) return [];
  const rows = ports.map(({ host, inside }) => [
    host === 0 ? "127.0.0.1, a free port" : `127.0.0.1:${host}`,
    `leads to port ${inside} inside`,
  ]);
  return [
    ...plain(table(rows, columns)),
    ...toned("warn", "your browser talks to the agent there, and runs what it sends", columns),
    ...toned("dim", "under a name of its own, apart from the pages of your own servers", columns),
  ];
}

function authorLines({ git }: Grants, columns: number): readonly Line[] {
  if (git.kind === "none") return [];
  return plain(
    wrap(git.kind === "host" ? "as in your own git config" : `${git.name} <${git.email}>`, columns),
  );
}

/** Behind a proxy the gateway sees names only: which address is dialled is the proxy's decision. */
function proxyLines({ upstreamProxy }: Grants, columns: number): readonly Line[] {
  if (upstreamProxy === null) return [];
  const { url, ca, auth } = upstreamProxy;
  return [
    ...plain(wrap(`requests to other machines leave through ${url}`, columns)),
    ...toned("warn", "which address a name means is decided and checked there, not here", columns),
    ...(ca === null ? [] : toned("dim", `trusted beside the system's roots: ${ca}`, columns)),
    ...(auth === null
      ? []
      : toned(
          "dim",
          `user and password held outside, from ${auth.text}${url.startsWith("http:") ? "; sent to the proxy unencrypted" : ""}`,
          columns,
        )),
  ];
}
