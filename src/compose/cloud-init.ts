/** User data of a disposable machine, with the owner's key, for one provider; and what he must know beside it. */
import { execFile } from "node:child_process";
import { appendFile, readFile, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { BottleError } from "../errors/error.ts";
import { sshEnv } from "../places/ssh/argv.ts";
import { makeHostKey } from "../places/vm/host-key.ts";
import { providerFacts } from "../places/vm/provider.ts";
import type { Provider } from "../places/vm/provider.ts";
import { readPublicKey } from "../places/vm/public-key.ts";
import { userData, vmUser } from "../places/vm/user-data.ts";
import type { Host } from "./paths.ts";

export interface UserDataRequest {
  /** Seconds. */
  readonly ttl: number;
  readonly gvisor: boolean;
  readonly for: Provider;
  readonly key?: string | undefined;
  readonly name: string;
  readonly out?: string | undefined;
  readonly knownHosts?: string | undefined;
}

const maxKeyFile = 64 * 1024;
const maxKeys = 8;
/** Milliseconds. */
const agentPatience = 5_000;

export async function makeUserData(
  host: Host,
  request: UserDataRequest,
): Promise<{ readonly text: string; readonly words: readonly string[] }> {
  const { name, ttl: seconds, gvisor, out, knownHosts } = request;
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/.test(name))
    throw new BottleError({
      code: "E_USAGE",
      what: `${JSON.stringify(name)} cannot be the name of a machine.`,
      next: "Use letters, digits, dots and hyphens.",
    });
  const publicKeys = await ownKeys(host, request.key);
  const hostKey = makeHostKey();
  const text = userData({ seconds, gvisor, publicKeys, hostKey });
  const { maxBytes, hints } = providerFacts[request.for];
  if (Buffer.byteLength(text) > maxBytes)
    throw new BottleError({
      code: "E_VM_TOO_LARGE",
      what: `The user data has ${Buffer.byteLength(text)} bytes, and ${request.for} takes ${maxBytes}.`,
      next: "Name one key with --key FILE.",
    });
  const known = `${name} ${hostKey.public}`;
  if (out !== undefined) await write(resolve(host.cwd, out), text, "wx");
  if (knownHosts !== undefined) await write(resolve(host.cwd, knownHosts), `${known}\n`, "a");
  return {
    text,
    words: [
      ...hints({ seconds, file: out ?? "FILE" }),
      ...(knownHosts === undefined
        ? ["Its host key, for a file of known hosts:", `  ${known}`]
        : []),
      "Once it has an address, for ~/.ssh/config:",
      `  Host ${name}`,
      "    HostName ADDRESS",
      `    User ${vmUser}`,
      `    HostKeyAlias ${name}`,
      ...(knownHosts === undefined
        ? []
        : [`    UserKnownHostsFile ${resolve(host.cwd, knownHosts)}`]),
      `Then: bottle doctor --place ssh://${name}`,
    ],
  };
}

/** Those of a file, or all that the owner's agent has. */
async function ownKeys(host: Host, file: string | undefined): Promise<readonly string[]> {
  const text = file === undefined ? await agentKeys(host) : await keyFile(resolve(host.cwd, file));
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const keys = lines.map(readPublicKey).filter((key) => key !== undefined);
  if (keys.length > 0 && keys.length <= maxKeys) return keys;
  const from = file === undefined ? "Your ssh agent" : "The file";
  throw new BottleError({
    code: "E_VM_KEY",
    what:
      keys.length === 0
        ? `${from} has no public key that could open the machine.`
        : `${from} has more than ${maxKeys} keys.`,
    next: "Name your public key: --key ~/.ssh/id_ed25519.pub",
  });
}

/** A private key named by mistake goes nowhere. */
async function keyFile(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > maxKeyFile) throw new Error("it is too large for a public key");
    const text = await readFile(path, "utf8");
    if (/PRIVATE KEY/.test(text)) throw new Error("it holds a private key, which stays here");
    return text;
  } catch (cause) {
    throw new BottleError({
      code: "E_VM_KEY",
      what: "The public key cannot be read.",
      why: cause instanceof Error ? cause.message : String(cause),
      next: "Name your public key: --key ~/.ssh/id_ed25519.pub",
      place: { file: path },
      cause,
    });
  }
}

function agentKeys(host: Host): Promise<string> {
  return new Promise((done) => {
    const options = { env: sshEnv(host.env), timeout: agentPatience, maxBuffer: maxKeyFile };
    execFile("ssh-add", ["-L"], options, (error, stdout) => done(error === null ? stdout : ""));
  });
}

/** `wx`: a file that is there already stays as it is. */
async function write(path: string, text: string, how: "wx" | "a"): Promise<void> {
  try {
    if (how === "wx") await writeFile(path, text, { mode: 0o600, flag: "wx" });
    else await appendFile(path, text, { mode: 0o600 });
  } catch (cause) {
    throw new BottleError({
      code: "E_VM_FILE",
      what: "The file cannot be written.",
      why: cause instanceof Error ? cause.message : String(cause),
      next: "Name another; a file that is there is not overwritten.",
      place: { file: path },
      cause,
    });
  }
}
