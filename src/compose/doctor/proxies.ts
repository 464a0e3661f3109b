/** Proxy variables of the caller: whoever needs them to reach anything needs `upstreamProxy`, for the gateway follows none. */
import type { Check } from "../../lifecycle/backend.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import type { DoctorHost } from "./host.ts";

const name = "proxy";
const variables = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].flatMap((one) => [
  one,
  one.toLowerCase(),
]);

export function proxies({ env }: DoctorHost, manifest: Manifest | undefined): readonly Check[] {
  const set = variables.filter((variable) => (env[variable] ?? "") !== "");
  const [first] = set;
  if (first === undefined) return [{ name, state: "good", detail: "no variable asks for a proxy" }];
  const bottles = [...(manifest?.bottles.values() ?? [])];
  const without = bottles.filter((bottle) => bottle.upstreamProxy === null);
  const named = set.join(", ");
  if (bottles.length > 0 && without.length === 0)
    return [
      { name, state: "good", detail: `${named} set, and every bottle has its upstreamProxy` },
    ];
  return [
    {
      name,
      state: "open",
      detail: `${named} set, which bottles do not follow${without.length === 0 ? "" : `: ${without.map((bottle) => bottle.name).join(", ")}`}`,
      remedy: remedyFor(env[first] ?? ""),
    },
  ];
}

/** The variable's user part may be a password: it is never shown. */
function remedyFor(value: string): string {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    return "If you need a proxy, give the bottle an upstreamProxy; it must be one over http or https.";
  const port = parsed.port === "" ? (parsed.protocol === "https:" ? "443" : "80") : parsed.port;
  const auth = parsed.username === "" && parsed.password === "" ? "" : ', auth: "env:PROXY_AUTH"';
  return `If you need it, add to the bottle: upstreamProxy: {url: "${parsed.protocol}//${parsed.hostname}:${port}"${auth}}`;
}
