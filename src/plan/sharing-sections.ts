/** What the preflight says a bottle shares with this machine: folders, caches, ports, the author, the way to the network. */
import { wrap, table } from "./layout.ts";
import type { Line } from "./lines.ts";
import { plain, toned } from "./lines.ts";
import type { Plan } from "./plan.ts";

interface Section {
  readonly label: string;
  readonly lines: readonly Line[];
}

/** Sections without lines are nothing that was asked for. */
export function sharingSections(plan: Plan, columns: number): readonly Section[] {
  return [
    { label: "mounts", lines: mountLines(plan, columns) },
    { label: "caches", lines: cacheLines(plan, columns) },
    { label: "ports", lines: portLines(plan, columns) },
    { label: "git author", lines: authorLines(plan, columns) },
    { label: "proxy", lines: proxyLines(plan, columns) },
  ];
}

function mountLines({ mounts }: Plan, columns: number): readonly Line[] {
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

function cacheLines({ caches }: Plan, columns: number): readonly Line[] {
  return caches.length === 0
    ? []
    : plain(wrap(`${caches.join(", ")}, of this machine and read-only`, columns));
}

function portLines({ ports }: Plan, columns: number): readonly Line[] {
  return plain(
    table(
      ports.map(({ host, inside }) => [`127.0.0.1:${host}`, `leads to port ${inside} inside`]),
      columns,
    ),
  );
}

function authorLines({ git }: Plan, columns: number): readonly Line[] {
  if (git.kind === "none") return [];
  return plain(
    wrap(git.kind === "host" ? "as in your own git config" : `${git.name} <${git.email}>`, columns),
  );
}

/** Behind a proxy the gateway sees names only: which address is dialled is the proxy's decision. */
function proxyLines({ upstreamProxy }: Plan, columns: number): readonly Line[] {
  if (upstreamProxy === null) return [];
  const { url, ca, auth } = upstreamProxy;
  return [
    ...plain(wrap(`all requests leave through ${url}`, columns)),
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
