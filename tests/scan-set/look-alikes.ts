/** What is no secret and looks like one: nothing of it may be refused. */
import { deflateSync, gzipSync } from "node:zlib";
import { values } from "./values.ts";
import { alphanumeric, base64Chars, lowerHex, urlSafe } from "./random.ts";
import type { Random } from "./random.ts";

export interface LookAlike {
  readonly name: string;
  readonly kind: "url" | "line" | "text" | "bytes";
  make(random: Random): string | Buffer;
}

const uuid = (random: Random): string =>
  [8, 4, 4, 4, 12].map((length) => random.text(lowerHex, length)).join("-");
const lines = (random: Random, length: number): string =>
  (random.text(base64Chars, length).match(/.{64}/g) ?? []).join("\n");
/** What is left of a token with a prefix looks like one still, and is refused as such. */
const unprefixed = values.filter(({ value }) => !value.startsWith("sk-ant-"));
const secretOf = (random: Random): string => random.pick(unprefixed).value;
/** One character of the middle becomes another. */
const changed = (value: string): string => {
  const middle = value.length >> 1;
  return `${value.slice(0, middle)}${value[middle] === "q" ? "z" : "q"}${value.slice(middle + 1)}`;
};

export const lookAlikes: readonly LookAlike[] = [
  { name: "UUIDs", kind: "url", make: (random) => `${uuid(random)},${uuid(random)}` },
  { name: "a SHA-1", kind: "url", make: (random) => random.text(lowerHex, 40) },
  { name: "a SHA-256", kind: "url", make: (random) => `sha256:${random.text(lowerHex, 64)}` },
  { name: "a random id", kind: "url", make: (random) => random.text(urlSafe, 22) },
  { name: "a long random id", kind: "url", make: (random) => random.text(alphanumeric, 64) },
  {
    name: "a signed web token",
    kind: "url",
    make: (random) =>
      `eyJhbGciOiJIUzI1NiJ9.eyJ${random.text(urlSafe, 60)}.${random.text(urlSafe, 43)}`,
  },
  {
    name: "integrity of a lock file",
    kind: "line",
    make: (random) => `"integrity": "sha512-${random.text(base64Chars, 86)}=="`,
  },
  {
    name: "MAC and IPv6 addresses",
    kind: "line",
    make: (random) =>
      `${Array.from({ length: 6 }, () => random.text(lowerHex, 2)).join(":")} 2001:db8:${random.text(lowerHex, 4)}::${random.text(lowerHex, 4)}`,
  },
  {
    name: "a fingerprint",
    kind: "line",
    make: (random) =>
      Array.from({ length: 32 }, () => random.text("0123456789ABCDEF", 2)).join(":"),
  },
  {
    name: "minified code",
    kind: "line",
    make: (random) =>
      `!function(e,t){var n=e.${random.text("abcdefgh", 3)};for(let r=0;r<t;r++)n+=r%7==${random.below(9)}?"\\x41\\u0042":'&amp;';return n}(this,${random.below(1000)})`,
  },
  {
    name: "an image in base64",
    kind: "line",
    make: (random) => `data:image/png;base64,iVBORw0KGgo${random.text(base64Chars, 600)}==`,
  },
  {
    name: "numbers",
    kind: "line",
    make: (random) => JSON.stringify(Array.from({ length: 60 }, () => random.below(256))),
  },
  {
    name: "an embedding",
    kind: "line",
    make: (random) =>
      JSON.stringify(Array.from({ length: 40 }, () => random.below(1e9) / 1e9 - 0.5)),
  },
  {
    name: "escaped text",
    kind: "line",
    make: (random) =>
      `\\u4f60\\u597d \\"${random.text(alphanumeric, 9)}\\" \\\\server\\\\share\\\\${random.text(alphanumeric, 5)}`,
  },
  {
    name: "a long URL",
    kind: "url",
    make: (random) =>
      `https%3A%2F%2Fwww.example.org%2F${random.text(alphanumeric, 12)}%3Futm%3D${random.text(alphanumeric, 20)}`,
  },
  {
    name: "a value, one character changed",
    kind: "url",
    make: (random) => encodeURIComponent(changed(secretOf(random))),
  },
  {
    name: "a value, one character changed, in base64",
    kind: "line",
    make: (random) => Buffer.from(changed(secretOf(random))).toString("base64"),
  },
  {
    name: "a value, one character changed, in hex",
    kind: "url",
    make: (random) => Buffer.from(changed(secretOf(random))).toString("hex"),
  },
  {
    name: "a value less its end",
    kind: "url",
    make: (random) => encodeURIComponent(secretOf(random).slice(0, -1)),
  },
  {
    name: "a value backwards",
    kind: "url",
    make: (random) => encodeURIComponent(Array.from(secretOf(random)).toReversed().join("")),
  },
  {
    name: "another bottle's placeholder",
    kind: "url",
    make: (random) =>
      `claude-bottle-placeholder-oauth-${random.text(`${lowerHex}ghijklmnopqrstuvwxyz`, 32)}`,
  },
  {
    name: "example keys",
    kind: "line",
    make: (random) =>
      random.pick([
        "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-ant-api03-your-key-here",
        `sk-ant-${"x".repeat(90)}`,
        "xoxb-your-token-here",
        "AIzaSyEXAMPLE_EXAMPLE_EXAMPLE_EXAMPLE_1",
        "glpat-xxxxxxxxxxxxxxxxxxxx",
        "sk_live_placeholder_placeholder_00",
      ]),
  },
  {
    name: "a GitHub token with a wrong sum",
    kind: "url",
    make: (random) => `ghp_${random.text(alphanumeric, 30)}000000`,
  },
  {
    name: "names that begin like tokens",
    kind: "line",
    make: (random) =>
      random.pick([
        "hf_hub_download_and_extract_archive_file",
        "npm_config_registry npm_lifecycle_event npm_package_version_number",
        "SKILLS SKeleton SKU-0123456789abcdef",
        "sk-learn sk-spinner-of-the-page sk-circle-fade-dot",
        "key-value-store-implementation-of-the-day",
        "gsk_renderer_new_for_surface GTK",
        "xai-org/grok",
        "dapifoo dapi_client",
        "AKIA is how access keys begin",
        "r8_to_r16 conversion",
      ]),
  },
  {
    name: "a certificate",
    kind: "text",
    make: (random) =>
      `-----BEGIN CERTIFICATE-----\n${lines(random, 640)}\n-----END CERTIFICATE-----`,
  },
  {
    name: "a public key",
    kind: "text",
    make: (random) =>
      `-----BEGIN PUBLIC KEY-----\n${lines(random, 256)}\n-----END PUBLIC KEY-----\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${random.text(base64Chars, 43)} a@b`,
  },
  {
    name: "text about private keys",
    kind: "text",
    make: (random) =>
      `A file with -----BEGIN RSA PRIVATE KEY----- in its first line is a key.\n${"Keep it to yourself, and never send it. ".repeat(8)}${random.below(99)}`,
  },
  {
    name: "a list of words",
    kind: "text",
    make: (random) =>
      Array.from({ length: 80 }, () => random.text("abcdefghijklmnop", 3 + random.below(9))).join(
        "\n",
      ),
  },
  {
    name: "a dump in hex",
    kind: "text",
    make: (random) =>
      Array.from(
        { length: 12 },
        (_, row) =>
          `${row.toString(16).padStart(8, "0")}: ${(random.text(lowerHex, 32).match(/.{4}/g) ?? []).join(" ")}`,
      ).join("\n"),
  },
  {
    name: "mail in quoted-printable",
    kind: "text",
    make: (random) =>
      `Gr=C3=BC=C3=9Fe aus=20${random.text(alphanumeric, 8)} =E2=80=93 a=3D1 b=3D2 wei=\r\nter`,
  },
  { name: "random bytes", kind: "bytes", make: (random) => random.bytes(3000) },
  {
    name: "gzip of text",
    kind: "bytes",
    make: (random) => gzipSync(`{"id":"${uuid(random)}"}`.repeat(20)),
  },
  {
    name: "objects of git",
    kind: "bytes",
    make: (random) =>
      Buffer.concat([
        Buffer.from("PACK\x00\x00\x00\x02\x00\x00\x00\x03"),
        ...[1, 2, 3].map(() => deflateSync(`blob 99\0${random.text(alphanumeric, 99)}`)),
      ]),
  },
];
