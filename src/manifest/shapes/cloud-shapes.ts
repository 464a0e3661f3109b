/** Keys of clouds and of what runs in them. */
import { alphanumeric, base64, dashed, hex, shape } from "./shape.ts";
import type { TokenShape } from "./shape.ts";

export const cloudShapes: readonly TokenShape[] = [
  shape("an AWS access key", ["AKIA", "ASIA"], "A-Z0-9", [16, 16]),
  shape(
    "an AWS secret key",
    [
      "aws_secret_access_key",
      "AWS_SECRET_ACCESS_KEY",
      "secretAccessKey",
      "SecretAccessKey",
      "aws_secret_key",
    ],
    base64,
    [40, 40],
    { gap: " \t\"'\\:=>,", within: true },
  ),
  shape("an Azure storage key", ["AccountKey="], base64, [86, 86], { after: "==" }),
  shape("an Azure access key", ["SharedAccessKey="], base64, [43, 43], { after: "=" }),
  shape("a DigitalOcean token", ["dop_v1_", "doo_v1_", "dor_v1_"], hex, [64, 64]),
  shape("a Fly token", ["fm1_", "fm2_", "fm1r_", "fm2r_", "fo1_"], `${dashed}+/=,`, [40, 2000], {
    loose: 20,
  }),
  shape("a Heroku key", ["HRKU-"], dashed, [36, 64]),
  shape("a Vault token", ["hvs.", "hvb."], dashed, [90, 300]),
  shape("a Databricks token", ["dapi"], hex, [32, 32]),
  shape("a Pulumi token", ["pul-"], hex, [40, 40]),
  shape("a Supabase token", ["sbp_"], hex, [40, 40]),
  shape("a Doppler token", ["dp.pt."], alphanumeric, [40, 44]),
  shape("a Grafana token", ["glsa_"], `${alphanumeric}_`, [41, 41]),
];
