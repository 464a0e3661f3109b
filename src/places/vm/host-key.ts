/** A host key made before its machine is, so that the first connection is to that machine and to no other. */
import { generateKeyPairSync, randomBytes } from "node:crypto";

export interface HostKey {
  /** As in a file of ssh-keygen's: `-----BEGIN OPENSSH PRIVATE KEY-----` … */
  readonly private: string;
  /** `ssh-ed25519 AAAA…` */
  readonly public: string;
}

const kind = "ssh-ed25519";

/** Ed25519 in OpenSSH's own form (PROTOCOL.key, RFC 8709), without a passphrase, as every host key. */
export function makeHostKey(): HostKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { d = "", x = "" } = privateKey.export({ format: "jwk" });
  const open = Buffer.from(x, "base64url");
  const blob = Buffer.concat([field(kind), field(open)]);
  const check = randomBytes(4);
  const secret = Buffer.concat([
    ...[check, check, field(kind), field(open)],
    ...[field(Buffer.concat([Buffer.from(d, "base64url"), open])), field("")],
  ]);
  const padding = Buffer.from(
    Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, at) => at + 1),
  );
  const whole = Buffer.concat([
    ...[Buffer.from("openssh-key-v1\0"), field("none"), field("none"), field(""), number(1)],
    ...[field(blob), field(Buffer.concat([secret, padding]))],
  ]);
  const lines = whole.toString("base64").match(/.{1,70}/g) ?? [];
  const [begin, end] = ["BEGIN", "END"].map((word) => `-----${word} OPENSSH PRIVATE KEY-----`);
  return {
    private: `${[begin, ...lines, end].join("\n")}\n`,
    public: `${kind} ${blob.toString("base64")}`,
  };
}

function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([number(bytes.length), bytes]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
