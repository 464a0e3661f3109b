/** What the rung kata needs: hardware, a daemon that starts shims, and Kata. What cannot be read here the proof finds inside. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Fix } from "../../../lifecycle/backend.ts";
import { hasModule } from "../../../host/modules.ts";
import { readVirtualization } from "../../../host/virtualization.ts";
import { rootRemedy } from "../../distribution.ts";
import { bad, good, open } from "../doctor/check.ts";
import type { Need } from "../doctor/need.ts";
import { findKata } from "./find.ts";
import { kataRegistration } from "./registration.ts";
import { majorOf, reaches, readKataVersion } from "./version.ts";

const install =
  "Install Kata Containers 3.29 or newer: unpack its release archive, which is /opt/kata, and look here again.";

const notFromHere = "cannot be read from here: it is on another machine";

const hardware: Need = (_info, { root }) => {
  if (root === undefined) return open("kata-kvm", `/dev/kvm ${notFromHere}`);
  const { kind, detail } = readVirtualization(root);
  if (kind === "none")
    return bad(
      "kata-kvm",
      `${detail}: Kata's bottles are machines`,
      "Switch on virtualisation in the firmware, or nested virtualisation where this is a virtual machine; or use the rung gvisor, which needs none.",
    );
  return kind === "emulated" ? open("kata-kvm", detail) : good("kata-kvm", detail);
};

const devices = { vhost_vsock: "/dev/vhost-vsock", vhost_net: "/dev/vhost-net" } as const;

const modules: Need = (_info, { root, kernel, uid }) => {
  if (root === undefined) return open("kata-modules", `what its kernel has ${notFromHere}`);
  const missing = Object.entries(devices)
    .filter(([name, path]) => !existsSync(join(root, path)) && !hasModule({ root, kernel }, name))
    .map(([name]) => name);
  if (missing.length === 0) return good("kata-modules", "vhost_vsock and vhost_net are there");
  return bad(
    "kata-modules",
    `the kernel has no ${missing.join(" and no ")}`,
    rootRemedy(`modprobe -a ${missing.join(" ")}`, uid),
  );
};

/** 23 hands shims on; from 24 on a container can ask its guest to filter system calls (API 1.43, Annotations). */
const daemon: Need = ({ serverVersion }) => {
  const name = "kata-docker";
  const major = majorOf(serverVersion) ?? 0;
  const newer = "Use Docker 26 or newer.";
  if (major < 23)
    return bad(name, `Docker ${serverVersion || "of no version"} starts no shim of Kata`, newer);
  if (major < 24)
    return bad(
      name,
      `Docker ${serverVersion} cannot ask Kata's guest to filter system calls`,
      newer,
    );
  return major < 26
    ? open(name, `Docker ${serverVersion} runs Kata in part: Kata is tested from Docker 26 on`)
    : good(name, `Docker ${serverVersion}`);
};

const runtime: Need = (info, { root, socket }) => {
  const name = "kata-runtime";
  const found = findKata(info, root);
  if (found.kind === "missing") return bad(name, "Kata is not there", install);
  if (found.kind === "unregistered") {
    const detail = `${found.shim} is there, and the daemon does not know it`;
    // An older daemon would take the entry for one without a program.
    const fix = (majorOf(info.serverVersion) ?? 0) < 24 ? undefined : fixOf(found, socket);
    return fix === undefined
      ? bad(name, detail, "Register it as docs/isolation.md shows.")
      : { ...bad(name, detail, "Run: bottle doctor --fix"), fix };
  }
  const behind = found.at === "" ? "" : ` (${found.at})`;
  return good(
    name,
    found.kind === "registered"
      ? `registered as ${found.name}${behind}`
      : `${found.name}${behind}, handed on by the daemon`,
  );
};

function fixOf(
  found: { shim: string; config: string },
  socket: string | undefined,
): Fix | undefined {
  if (socket === undefined) return undefined;
  return {
    what: `Register ${found.shim} with the Docker daemon as kata, beside what is in its settings, and let it read them?`,
    asRoot: true,
    apply: async () => {
      const { registerRuntimes } = await import("../doctor/register/register.ts");
      return registerRuntimes(kataRegistration(found), socket);
    },
  };
}

/** Docker 26 changed how networks are made, and Kata before 3.29 has but `lo` there (kata-containers 9340). */
const version: Need = ({ serverVersion }, { root }) => {
  const name = "kata-version";
  const found = root === undefined ? undefined : readKataVersion(root);
  if (found === undefined)
    return open(name, "which version of Kata it is cannot be read; before 3.29 it has no network");
  if ((majorOf(serverVersion) ?? 0) >= 26 && !reaches(found, 3, 29))
    return bad(name, `Kata ${found} has no network under Docker ${serverVersion}`, install);
  return good(name, `Kata ${found}`);
};

export const kataNeeds: readonly Need[] = [hardware, modules, daemon, runtime, version];
