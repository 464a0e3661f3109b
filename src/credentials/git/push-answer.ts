/** A push refused in git's own words, so that it prints `! [remote rejected]` (gitprotocol-pack(5), "Report Status"). */
import { flushPacket, packet } from "./pkt-line.ts";
import type { PushRequest } from "./push-request.ts";

/** What a client of this protocol reads: `Verdict.answer` of the gateway. */
export interface GitAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** Every ref with its reason; refs of the push without one were refused for the others' sake: all or nothing. */
export function pushRefused(
  { commands, capabilities }: Pick<PushRequest, "commands" | "capabilities">,
  reasons: ReadonlyMap<string, string>,
): GitAnswer {
  const report = Buffer.concat([
    packet("unpack ok\n"),
    ...commands.map(({ ref }) => {
      const reason = reasons.get(ref) ?? "not pushed: another ref of this push was refused";
      return packet(Buffer.from(`ng ${ref} claude-bottle: ${oneLine(reason)}\n`, "latin1"));
    }),
    flushPacket,
  ]);
  const banded = capabilities.has("side-band-64k");
  return {
    status: 200,
    type: "application/x-git-receive-pack-result",
    body: banded ? Buffer.concat([...bands(report), flushPacket]) : report,
  };
}

/** git shows a text of this type line by line behind `remote:`, where it asks for refs (git's remote-curl). */
export function textRefused(message: string, status = 403): GitAnswer {
  return {
    status,
    type: "text/plain; charset=utf-8",
    body: Buffer.from(`claude-bottle: ${oneLine(message)}\n`, "utf8"),
  };
}

/** Band 1 is the report (gitprotocol-pack(5), "Packfile Data"). */
function bands(report: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < report.length; at += 65_000)
    parts.push(packet(Buffer.concat([Buffer.from([1]), report.subarray(at, at + 65_000)])));
  return parts;
}

/** Reasons are ours, but may name what was found: nothing in them ends a line or steers a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 300);
}
