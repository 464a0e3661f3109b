/** What differs from one provider to the next: how much user data there may be, and what only its own command line can say. */

export const providers = ["ec2", "gce", "hetzner", "plain"] as const;

export type Provider = (typeof providers)[number];

interface ProviderFacts {
  /** Bytes of user data (facts of their documentation: EC2 16 KB raw, Hetzner 32 KiB, GCE 256 KB a value). */
  readonly maxBytes: number;
  /** What ends its bill; the machine can only power itself off. */
  readonly hints: (options: {
    readonly seconds: number;
    readonly file: string;
  }) => readonly string[];
}

export const providerFacts: Readonly<Record<Provider, ProviderFacts>> = {
  ec2: {
    maxBytes: 16_384,
    hints: ({ file }) => [
      "Powering off must terminate it: aws ec2 run-instances … --instance-initiated-shutdown-behavior terminate",
      "Metadata must not reach through a container: --metadata-options HttpTokens=required,HttpPutResponseHopLimit=1",
      `Give it no instance profile, and its user data: --user-data file://${file}`,
    ],
  },
  gce: {
    maxBytes: 262_144,
    hints: ({ seconds, file }) => [
      `Powering off does not delete it: gcloud compute instances create … --max-run-duration=${seconds}s --instance-termination-action=DELETE`,
      `Give it no account, and its user data: --no-service-account --no-scopes --metadata-from-file=user-data=${file}`,
    ],
  },
  hetzner: {
    maxBytes: 32_768,
    hints: ({ file }) => [
      `Create it: hcloud server create … --user-data-from-file ${file}`,
      "Powering off is not deleting: a server that is off costs as before. Run `hcloud server delete` when you are done.",
    ],
  },
  plain: {
    maxBytes: 65_535,
    hints: () => [
      "Powering off is all that it can do by itself: delete the machine when you are done.",
    ],
  },
};
