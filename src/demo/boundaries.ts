/** Shortens the table: one row a boundary and one for each probe that does not hold; one for all that was not reached. */
import type { ShownCheck } from "./check.ts";

/** What each boundary holds, in plain words; a boundary without an entry shows its name. */
const meanings: Readonly<Record<string, string>> = {
  network: "network: no route, no name server, no other host",
  bridge: "network: nobody on it but the gateway, and no address of the host",
  "link-layer": "network: the host hears nothing from it",
  "name-server": "network: Docker's name server asks nobody",
  firewall: "network: nothing goes past the firewall, whoever is there",
  "gateway-policy": "gateway: refuses what is not allowed",
  "gateway-address": "gateway: dials no private address",
  "gateway-authority": "gateway: one name per request, no fronting",
  neighbour: "neighbours: no socket of another bottle",
  "control-socket": "supervisor: its control socket is out of sight",
  home: "files: the host's home is not there",
  root: "files: the system is read-only",
  sysctl: "kernel: settings cannot be written",
  workspace: "workspace: what programs obey is held, where it is the folder itself",
  mounts: "mounts: none of them can be written",
  processes: "processes: only the bottle's own",
  ptrace: "processes: nobody else's can be traced",
  "user-namespaces": "kernel: no user namespace, no mount",
  kernel: "kernel: gVisor's, not this machine's",
  seccomp: "kernel: dangerous calls are filtered",
  setuid: "rights: none to gain",
  capabilities: "rights: no capability, in any set",
  environment: "environment: nothing unknown in it",
  devices: "devices: none but the harmless",
  secret: "secret: searched for from outside",
};

/** The checks as rows. */
export function foldChecks(checks: readonly ShownCheck[]): readonly ShownCheck[] {
  const reached = checks.filter((check) => check.reached !== false && check.part !== "proof");
  const missed = checks.filter((check) => check.reached === false);
  const row: ShownCheck = {
    name: "not-reached",
    part: "attack",
    tried: `${missed.length} more checks`,
    ok: false,
    detail: "not tried: the agent did not get that far",
  };
  return [...reached, ...(missed.length > 0 ? [row] : []), ...foldProbes(checks)];
}

/** The checks of the proof, which carry their boundary in `tried`. */
function foldProbes(checks: readonly ShownCheck[]): readonly ShownCheck[] {
  const probes = checks.filter((check) => check.part === "proof");
  const boundaries = [...new Set(probes.map((check) => check.tried))];
  return boundaries.flatMap((boundary) => {
    const own = probes.filter((check) => check.tried === boundary);
    const failed = own.filter((check) => !check.ok);
    const count = own.length === 1 ? "1 probe" : `${own.length} probes`;
    const row: ShownCheck = {
      name: boundary,
      part: "proof",
      tried: meanings[boundary] ?? boundary,
      ok: failed.length === 0,
      detail: failed.length === 0 ? `${count}, as expected` : `${failed.length} of ${count} failed`,
    };
    return [row, ...failed.map((check) => ({ ...check, tried: `  ${check.name}` }))];
  });
}
