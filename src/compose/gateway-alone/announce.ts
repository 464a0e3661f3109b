/** The first line of a gateway alone: all that its client needs, and nothing that is worth anything elsewhere. */
import { doorEnvironment, loopback } from "../../agents/environment.ts";
import { everyModel } from "../../agents/placeholder.ts";
import type { AgentContext } from "../../lifecycle/agent.ts";
import { hostPort } from "./place.ts";

export interface Announcement {
  /** Of the record: `bottle audit ID`. */
  readonly id: string;
  /** Address and port, or the socket's path. */
  readonly listen: string;
  /** What the client shows: that of the first credential, or the gateway's own where there is none. */
  readonly placeholder: string;
  /** File with the gateway's authority. */
  readonly ca: string;
  /** By credential; a second one of the same name is `name-2`. */
  readonly placeholders: Readonly<Record<string, string>>;
  /** The proxy door, with what it demands. */
  readonly proxy: string;
  /** The route door. */
  readonly door: string;
  /** Variables for the client's side. */
  readonly env: Readonly<Record<string, string>>;
  /** Files of the client's home that lead its programs here, such as git's; those that are there already go on top. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
  readonly health: string | null;
}

export interface AnnounceInputs {
  readonly id: string;
  readonly listen: string;
  readonly health: string | null;
  readonly door: { readonly host: string; readonly port: number };
  readonly ownPlaceholder: string;
  readonly credentials: AgentContext["credentials"];
  /** On this side. */
  readonly caFile: string;
  /** As the client sees them. */
  readonly inside: { readonly ca: string; readonly bundle: string };
}

export function announcementOf(inputs: AnnounceInputs): Announcement {
  const { id, listen, health, ownPlaceholder, credentials, inside } = inputs;
  const at = hostPort(inputs.door);
  const door = `http://${at}`;
  const proxy = `http://bottle:${ownPlaceholder}@${at}`;
  // The route door is asked directly, also where it is called by a name.
  const direct = loopback.split(",").includes(inputs.door.host)
    ? loopback
    : `${loopback},${inputs.door.host}`;
  return {
    id,
    listen,
    placeholder: credentials[0]?.placeholder ?? ownPlaceholder,
    ca: inputs.caFile,
    placeholders: byName(credentials),
    proxy,
    door,
    env: {
      ...doorEnvironment({
        caFile: inside.bundle,
        ownCaFile: inside.ca,
        credentials,
        proxy,
        direct,
      }),
      ...everyModel({ credentials, door }),
    },
    files: joined(credentials.flatMap(({ inside: { seeds } }) => seeds)),
    health,
  };
}

function byName(credentials: AgentContext["credentials"]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { name, placeholder } of credentials) {
    let key = name;
    for (let count = 2; key in found; count += 1) key = `${name}-${count}`;
    found[key] = placeholder;
  }
  return found;
}

/** As in a bottle: those of one path are one file. */
function joined(
  seeds: readonly { readonly path: string; readonly content: string }[],
): readonly { readonly path: string; readonly content: string }[] {
  const files = new Map<string, string>();
  for (const { path, content } of seeds) files.set(path, (files.get(path) ?? "") + content);
  return [...files].map(([path, content]) => ({ path, content }));
}
