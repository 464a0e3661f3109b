/** Hosts and ports: what is accepted is read the same by the URL parser of the web, and again by ours. */
import { hostField, parseHostPort } from "../../../src/gateway/authority.ts";
import { Refusal } from "../../../src/gateway/refusal.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

export const authorityTarget: FuzzTarget = {
  name: "authority",
  words: [
    "127.0.0.1",
    "[::1]",
    ":443",
    "xn--",
    ".",
    "%00",
    "@",
    "0x7f",
    "localhost",
    "::ffff:",
    "%25",
    "\0",
    "。",
  ],
  run(input) {
    const text = input.toString("latin1");
    let parsed;
    try {
      parsed = parseHostPort(text);
    } catch (error) {
      hold(error instanceof Refusal, `threw ${String(error)}`);
      return;
    }
    const { host, port } = parsed;
    const url = URL.canParse(`http://${text}/`) ? new URL(`http://${text}/`) : undefined;
    // Broken punycode is nobody's name: it is looked up as it stands, and not found.
    if (url === undefined) return hold(/(?:^|\.)xn--/.test(host), "the web's parser refuses it");
    hold(url.hostname.replace(/^\[|\]$/g, "") === host, `the web reads ${url.hostname}`);
    hold(Number(url.port || 80) === (port ?? 80), `the web reads port ${url.port}`);
    hold(
      url.username + url.password + url.search + url.hash === "" && url.pathname === "/",
      "it is more than a host",
    );
    const field = hostField({ scheme: "http", host, port: port ?? 80 });
    hold(parseHostPort(field).host === host, "it is read differently the second time");
  },
};
