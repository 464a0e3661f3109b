/** Tokens that look real and belong to nobody, by the published formats. */
import { crc32 } from "node:zlib";
import { alphanumeric, base64Chars, lowerHex, urlSafe } from "./random.ts";
import type { Random } from "./random.ts";

const digits = "0123456789";
const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const base62 = `${digits}${upper}${upper.toLowerCase()}`;

function withSum(text: string): string {
  let sum = crc32(text);
  let end = "";
  for (let index = 0; index < 6; index += 1) {
    end = `${base62[sum % 62] as string}${end}`;
    sum = Math.floor(sum / 62);
  }
  return text + end;
}

const pem = (label: string, random: Random): string =>
  `-----BEGIN ${label}-----\n${(random.text(base64Chars, 512).match(/.{64}/g) ?? []).join("\n")}\n-----END ${label}-----`;

/** By what they are called in the table of shapes; several of one name are several formats. */
export const tokens: readonly (readonly [name: string, make: (random: Random) => string])[] = [
  ["an Anthropic key or token", (random) => `sk-ant-api03-${random.text(urlSafe, 93)}AA`],
  ["an Anthropic key or token", (random) => `sk-ant-oat01-${random.text(urlSafe, 93)}AA`],
  [
    "an OpenAI key",
    (random) => `sk-${random.text(alphanumeric, 20)}T3BlbkFJ${random.text(alphanumeric, 20)}`,
  ],
  [
    "an OpenAI key",
    (random) => `sk-proj-${random.text(urlSafe, 74)}T3BlbkFJ${random.text(urlSafe, 74)}`,
  ],
  ["an OpenRouter key", (random) => `sk-or-v1-${random.text(lowerHex, 64)}`],
  ["a Google key", (random) => `AIza${random.text(urlSafe, 35)}`],
  ["a Google key", (random) => `ya29.${random.text(urlSafe, 160)}`],
  ["a Google key", (random) => `GOCSPX-${random.text(urlSafe, 28)}`],
  ["a Hugging Face token", (random) => `hf_${random.text(alphanumeric, 34)}`],
  ["a Groq key", (random) => `gsk_${random.text(alphanumeric, 52)}`],
  ["a GitHub token", (random) => `ghp_${withSum(random.text(alphanumeric, 30))}`],
  ["a GitHub token", (random) => `gho_${withSum(random.text(alphanumeric, 30))}`],
  [
    "a GitHub token",
    (random) => `github_pat_${random.text(alphanumeric, 22)}_${random.text(alphanumeric, 59)}`,
  ],
  ["a GitLab token", (random) => `glpat-${random.text(urlSafe, 20)}`],
  [
    "a GitLab token",
    (random) => `glpat-${random.text(urlSafe, 27)}.01.${random.text(lowerHex, 9)}`,
  ],
  ["an npm token", (random) => `npm_${withSum(random.text(alphanumeric, 30))}`],
  ["a PyPI token", (random) => `pypi-AgEIcHlwaS5vcmc${random.text(urlSafe, 150)}`],
  ["a Docker token", (random) => `dckr_pat_${random.text(urlSafe, 27)}`],
  ["an AWS access key", (random) => `AKIA${random.text(`${upper}234567`, 16)}`],
  ["an AWS secret key", (random) => `aws_secret_access_key = ${random.text(base64Chars, 40)}`],
  ["an AWS secret key", (random) => `"SecretAccessKey": "${random.text(base64Chars, 40)}"`],
  ["an Azure storage key", (random) => `AccountKey=${random.text(base64Chars, 86)}==`],
  ["a DigitalOcean token", (random) => `dop_v1_${random.text(lowerHex, 64)}`],
  ["a Fly token", (random) => `fm2_${random.text(base64Chars, 200)}`],
  ["a Vault token", (random) => `hvs.${random.text(urlSafe, 95)}`],
  ["a Databricks token", (random) => `dapi${random.text(lowerHex, 32)}`],
  [
    "a Grafana token",
    (random) => `glsa_${random.text(alphanumeric, 32)}_${random.text(lowerHex, 8)}`,
  ],
  [
    "a Slack token",
    (random) =>
      `xoxb-${random.text(digits, 12)}-${random.text(digits, 13)}-${random.text(alphanumeric, 24)}`,
  ],
  [
    "a Slack web hook",
    (random) =>
      `https://hooks.slack.com/services/T${random.text(upper, 9)}/B${random.text(upper, 9)}/${random.text(alphanumeric, 24)}`,
  ],
  ["a Stripe key", (random) => `sk_live_${random.text(alphanumeric, 24)}`],
  ["a SendGrid key", (random) => `SG.${random.text(urlSafe, 22)}.${random.text(urlSafe, 43)}`],
  ["a Twilio key", (random) => `SK${random.text(lowerHex, 32)}`],
  ["a Mailgun key", (random) => `key-${random.text(lowerHex, 32)}`],
  ["a Shopify token", (random) => `shpat_${random.text(lowerHex, 32)}`],
  ["a Linear key", (random) => `lin_api_${random.text(alphanumeric, 40)}`],
  ["a private key", (random) => pem("RSA PRIVATE KEY", random)],
  ["a private key", (random) => pem("OPENSSH PRIVATE KEY", random)],
  ["a private key", (random) => pem("EC PRIVATE KEY", random).replaceAll("\n", "\\n")],
  ["a private key", (random) => pem("PGP PRIVATE KEY BLOCK", random)],
  ["an SSH private key", (random) => `b3BlbnNzaC1rZXktdjE${random.text(base64Chars, 300)}`],
  [
    "an age key",
    (random) => `AGE-SECRET-KEY-1${random.text("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)}`,
  ],
];
