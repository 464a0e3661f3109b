/** A port of the agent that the owner sees on 127.0.0.1: `"8080:3000"`, the host's port first, 0 for any free one. */
import type { Format, Parsed } from "../check/scalar.ts";
import { bad, good } from "../check/scalar.ts";
import type { PortSpec } from "../manifest.ts";
import { quote } from "../quote.ts";

/** Where the gateway answers inside (src/helper/protocol.ts; a test holds the two equal). */
export const gatewayPort: number = 4180;

/** One port both times, or two with a colon between them. */
export const portPairFormat: Format<PortSpec> = {
  name: 'ports such as "8080:3000"',
  json: { pattern: "^[0-9]{1,5}(:[0-9]{1,5})?$" },
  parse(text) {
    const [, first = "", second = first] =
      /^(0(?=:)|[1-9]\d{0,4})(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
    return first === ""
      ? bad(
          "E_MANIFEST_VALUE",
          `${quote(text)} is not a pair of ports.`,
          'Write 3000, or "8080:3000": the port of this machine (0 for any free one), then the one inside.',
        )
      : portPair(Number(first), Number(second));
  },
};

/** The pair, unless one is no port or the gateway's own. */
export function portPair(host: number, inside: number): Parsed<PortSpec> {
  // Which free port it became is known once the bottle starts.
  const named = host === 0 ? [inside] : [host, inside];
  const wrong = named.find((port) => !Number.isInteger(port) || port < 1 || port > 65_535);
  if (wrong !== undefined)
    return bad(
      "E_MANIFEST_VALUE",
      `${wrong} is not a port.`,
      "A port is a number from 1 to 65535.",
    );
  if (inside === gatewayPort)
    return bad(
      "E_MANIFEST_VALUE",
      `Port ${gatewayPort} inside is the gateway's.`,
      "Let the agent listen on another one.",
    );
  return good({ host, inside });
}
