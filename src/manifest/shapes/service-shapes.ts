/** Tokens of services for messages, mail and money. */
import { alphanumeric, dashed, hex, shape } from "./shape.ts";
import type { TokenShape } from "./shape.ts";

export const serviceShapes: readonly TokenShape[] = [
  shape(
    "a Slack token",
    ["xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xapp-"],
    dashed,
    [24, 300],
    { loose: 10, check: (rest) => /^[0-9]/.test(rest) },
  ),
  shape("a Slack web hook", ["hooks.slack.com/services/"], `${alphanumeric}/`, [40, 60], {
    check: (rest) => /^T[A-Z0-9]{6,14}\/B[A-Z0-9]{6,14}\/[A-Za-z0-9]{20,28}$/.test(rest),
  }),
  shape("a Stripe key", ["sk_live_", "sk_test_", "rk_live_", "rk_test_"], alphanumeric, [24, 128]),
  shape("a Stripe web hook's secret", ["whsec_"], alphanumeric, [32, 64]),
  shape("a SendGrid key", ["SG."], `${dashed}.`, [66, 66], {
    check: (rest) => /^[\w-]{22}\.[\w-]{43}$/.test(rest),
  }),
  shape("a Twilio key", ["SK"], hex, [32, 32], { loose: 32 }),
  shape("a Mailgun key", ["key-"], hex, [32, 32], { loose: 32 }),
  shape("a Shopify token", ["shpat_", "shpca_", "shppa_", "shpss_"], hex, [32, 32]),
  shape("a Linear key", ["lin_api_"], alphanumeric, [40, 40]),
  shape("a Notion token", ["ntn_"], alphanumeric, [43, 50]),
  shape("a Postman key", ["PMAK-"], `${hex}-`, [59, 59]),
  shape("a signed web token", ["eyJ"], `${dashed}.`, [40, 4096], {
    // Three parts, of which two are JSON. Much that is public is one.
    looseOnly: true,
    loose: 24,
    looseCheck: (rest) => /^[\w-]{10,2048}\.eyJ[\w-]{10,2048}\.[\w-]{10}/.test(rest),
  }),
];
